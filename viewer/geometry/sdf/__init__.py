"""SDFormat: worlds and models of Gazebo."""
