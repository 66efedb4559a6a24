# %% [markdown]
# # A first look at a workplace
#
# The main job from files to leaders, on a made-up workplace: nobody in it is real. Open it with Jupyter and jupytext,
# or run it from top to bottom as a script.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import plotly.graph_objects as go

from shopfloor import create_store, find_groups, rank_people, to_networkx
from shopfloor.analysis import find_holes
from shopfloor.demo import make_workplace, write_files
from shopfloor.errors import RefusedError
from shopfloor.service.importing import ImportOptions, import_files

# %% [markdown]
# ## From files to a store
#
# With your own files this is `shopfloor init` and `shopfloor import`, and `open_store("drive.store")` here.

# %%
folder = TemporaryDirectory()
made = make_workplace(people=200, seed=7)
files = write_files(made, Path(folder.name))
store = create_store(Path(folder.name) / "first-look.store", passphrase="four random words here")  # noqa: S106 - nobody in it is real
report = import_files(store, [(file.name, file) for file in files], ImportOptions(list_date=made.as_of))
{file.name: (file.n_accepted, file.n_rejected) for file in report.files}

# %% [markdown]
# Names in talks that match nobody, or several people, are kept as questions and count for nobody:

# %%
report.n_mentions

# %% [markdown]
# ## What is known, and of whom
#
# `workplace` is the picture at one date: people, who was asked what, who named whom.

# %%
workplace = store.workplace()
workplace

# %%
holes = find_holes(workplace)
chart = go.Figure(
    [
        go.Bar(name="asked", y=holes["unit"], x=holes["n_asked"], orientation="h", marker_color="#3b5b92"),
        go.Bar(
            name="talked to, not asked",
            y=holes["unit"],
            x=holes["n_talked_to"] - holes["n_asked"],
            orientation="h",
            marker_color="#9db3d6",
        ),
        go.Bar(
            name="nobody talked to them",
            y=holes["unit"],
            x=holes["n_people"] - holes["n_talked_to"],
            orientation="h",
            marker_color="#d9d9d9",
        ),
    ]
)
chart.update_layout(barmode="stack", title="Where we are blind", xaxis_title="people", template="simple_white")
chart

# %% [markdown]
# ## Most named so far
#
# `score` counts namings by those asked. Who was not asked may name others: each place is said from .. to, with a word.

# %%
ranking = rank_people(store, top=10)
coverage = ranking.about["coverage"]
print(f"{ranking.about['title']}: {coverage['n_asked']} of {coverage['n_people']} asked")
ranking.to_frame()[["rank", "person_id", "name", "score", "rank_low", "rank_high", "p_top", "certainty", "department"]]

# %% [markdown]
# This workplace is made up, so the truth is known: how many of the ten would be among the first ten if all were asked?

# %%
truth = set(made.truth.leaders[:10])
sum(person in truth for person in ranking.rows["person_id"])

# %% [markdown]
# Measures that missing answers mislead are refused, with what would lift the refusal:

# %%
try:
    rank_people(store, measure="betweenness")
except RefusedError as refusal:
    print(refusal)

# %% [markdown]
# ## Social groups
#
# From all ties known so far. People who belong to none are said, not forced in.

# %%
groups = find_groups(store)
print(f"{len(groups.rows)} groups, {len(groups.in_no_group)} people in none")
groups.to_frame()[["name", "n_members", "n_talked_to", "n_asked"]]

# %% [markdown]
# ## On to networkx
#
# One layer is a graph; without a layer all of them are one multigraph. `strength` is closeness, not a length.

# %%
named = to_networkx(store, "named")
crews = to_networkx(store, "worked_with")
print(named, crews, sep="\n")
nx.number_connected_components(crews)

# %%
store.close()
folder.cleanup()
