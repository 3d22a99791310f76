"""Parts of the report: each measures, and answers its text and its bars."""
