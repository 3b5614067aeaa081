//! What the stage shows at one instant.
