"""One port and one adapter a brand. Adapters convert units and signs at this edge, nowhere else."""
