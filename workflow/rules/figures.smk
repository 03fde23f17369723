# Figures: each reads tables and arrays, never trains. A study's figure is there where the experiment has its cells.


for name, drawing in drawn.items():

    rule:
        name:
            f"figure_{name}"
        input:
            jobs.figure_job(RESULTS, SOURCE, FIGURES, name, drawing).inputs,
            code=code(jobs.figure_job(RESULTS, SOURCE, FIGURES, name, drawing)),
        output:
            *(
                (
                    report(
                        FIGURES / f"{name}.svg",
                        caption=f"../report/{name}.rst",
                        category="Figures",
                        labels={"figure": name},
                    )
                    if form == "svg"
                    else FIGURES / f"{name}.{form}"
                )
                for form in experiment.figures.formats
            ),
            record=FIGURES / f"{name}.meta.json",
        log:
            LOGS / "figures" / f"{name}.log",
        benchmark:
            BENCHMARKS / "figures" / f"{name}.tsv"
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            gpu=0,
            mem_mb=2000,
            runtime=30,
        params:
            name=name,
            results=RESULTS,
            source=SOURCE,
            figures=FIGURES,
            settings=json.dumps(drawing),
        message:
            f"Draw {name}"
        shell:
            "python -m disentangle figure {params.name} --results {params.results} --source {params.source} --figures {params.figures}"
            " --settings {params.settings:q} > {log} 2>&1"


rule figures:
    input:
        rules.tables.input,
        expand(FIGURES / "{figure}.{form}", figure=list(drawn), form=experiment.figures.formats),
    message:
        "All figures, and the tables beside them"
