# Spectra: Laplacian eigenvalues of each cell, then the distances among all networks of a dataset × network.


rule spectra:
    input:
        wiring=CELL_FOLDER / artefacts.WIRING,
        code=code(jobs.spectra_job(RESULTS, CELL, [], 0)),
    output:
        spectra=CELL_FOLDER / artefacts.SPECTRA,
        record=CELL_FOLDER / "spectra.meta.json",
    log:
        LOGS / "spectra" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "spectra" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    params:
        settings=lambda w: json.dumps({"seeds": cell_of(w).seeds, "null_draws": experiment.spectra.null_draws}),
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    message:
        "Spectra of {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle spectra {wildcards.dataset}/{wildcards.network}/{wildcards.family}/{wildcards.density} --settings {params.settings:q} --results {RESULTS} > {log} 2>&1"


rule compare:
    input:
        spectra=lambda w: of_every_cell(artefacts.SPECTRA, paths_of(w.dataset, w.network)),
        code=code(jobs.compare_job(RESULTS, "", "", [])),
    output:
        distances=COMPARISON_FOLDER / artefacts.DISTANCES,
        networks=COMPARISON_FOLDER / artefacts.NETWORKS,
        quantiles=COMPARISON_FOLDER / artefacts.QUANTILES,
        record=COMPARISON_FOLDER / "distances.meta.json",
    log:
        LOGS / "compare" / "{dataset}" / "{network}.log",
    benchmark:
        BENCHMARKS / "compare" / "{dataset}" / "{network}.tsv"
    conda:
        "../../environment.yml"
    params:
        cells=lambda w: paths_of(w.dataset, w.network),
    threads: 1
    resources:
        gpu=0,
        mem_mb=4000,
        runtime=60,
    message:
        "Compare the wirings of all networks on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle compare {params.cells} --results {RESULTS} > {log} 2>&1"
