"""The documentation as a site: Sphinx reads the Markdown pages. `./dev docs` builds it into build/docs."""

project = "Rule-based energy optimizer"
author = "the contributors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["overview.md"]  # a part of index.rst

myst_heading_anchors = 4  # links name headings, as on GitHub
nitpicky = True

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
