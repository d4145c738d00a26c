"""The peers as a user would run them: two Parquet files in, a verdict out, one process.

usage: peers.py evidently|nannyml|pandas FOLDER     prints one JSON object {"columns": {name: value}, …}
"""
import json
import os
import sys

import pandas as pd

tool, folder = sys.argv[1], sys.argv[2]
reference = pd.read_parquet(os.path.join(folder, "reference.parquet"))
current = pd.read_parquet(os.path.join(folder, "current.parquet"))
categories = [c for c in reference if c.startswith("cat_")]
out = {"rows": [len(reference), len(current)]}

if tool == "evidently":
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=[c for c in reference if c not in categories], categorical_columns=categories)
    result = Report([DataDriftPreset()]).run(
        Dataset.from_pandas(current, data_definition=definition), Dataset.from_pandas(reference, data_definition=definition)
    ).dict()
    drifted, *columns = result["metrics"]
    out["drifted"], out["share"] = drifted["value"]["count"], drifted["value"]["share"]
    out["columns"] = {m["config"]["column"]: m["value"] for m in columns}
elif tool == "nannyml":
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
    import nannyml

    calculator = nannyml.UnivariateDriftCalculator(column_names=list(reference.columns), treat_as_categorical=categories)
    frame = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
    out["alerts"] = int(sum(frame[c].sum() for c in frame.columns if c[2] == "alert"))
print(json.dumps(out))
