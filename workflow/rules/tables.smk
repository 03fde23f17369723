# Tables: the cells' metrics and histories stacked, and what is concluded from them.


localrules:
    stack,
    table,


rule stack:
    input:
        lambda w: jobs.stack_job(RESULTS, SOURCE, w.stacked, cells).inputs,
        code=lambda w: code(jobs.stack_job(RESULTS, SOURCE, w.stacked, cells)),
    output:
        table=artefacts.table_path(RESULTS, "{stacked}"),
        record=RESULTS / "tables" / "{stacked}.meta.json",
    log:
        LOGS / "tables" / "{stacked}.log",
    benchmark:
        BENCHMARKS / "tables" / "{stacked}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=30,
    params:
        results=RESULTS,
        source=SOURCE,
        cells=list(cells),
    message:
        "Stack the {wildcards.stacked} of all cells"
    shell:
        "python -m disentangle stack {wildcards.stacked} {params.cells} --results {params.results} --source {params.source} > {log} 2>&1"


rule table:
    input:
        lambda w: jobs.table_job(RESULTS, SOURCE, w.table, tables[w.table]).inputs,
        code=lambda w: code(jobs.table_job(RESULTS, SOURCE, w.table, tables[w.table])),
    output:
        csv=report(
            update(artefacts.table_path(RESULTS, "{table}")),
            caption="../report/table.rst",
            category=lambda w: "Claims" if w.table == "claims" else "Tables",
            labels={"table": "{table}"},
        ),
        md=update(artefacts.table_path(RESULTS, "{table}", "md")),
        tex=update(artefacts.table_path(RESULTS, "{table}", "tex")),
        record=update(RESULTS / "tables" / "{table}.meta.json"),
    log:
        LOGS / "tables" / "{table}.log",
    benchmark:
        BENCHMARKS / "tables" / "{table}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=30,
    params:
        results=RESULTS,
        source=SOURCE,
        settings=lambda w: json.dumps(tables[w.table]),
    message:
        "Table of {wildcards.table}"
    shell:
        "python -m disentangle table {wildcards.table} --settings {params.settings:q} --results {params.results} --source {params.source} > {log} 2>&1"


rule tables:
    input:
        expand(artefacts.table_path(RESULTS, "{table}", "{form}"), table=artefacts.TABLES, form=artefacts.TABLE_FORMS),
    message:
        "All tables"
