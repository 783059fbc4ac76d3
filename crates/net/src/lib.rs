//! Sockets for convo sessions.
