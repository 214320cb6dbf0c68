"""Running cases: a backend is loaded, its cases selected and run, in this process or in processes of their own."""
