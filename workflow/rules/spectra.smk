# Spectra: Laplacian eigenvalues of each cell, then the distances among all networks of a dataset × network.


rule spectra:
    input:
        wiring=CELL_FOLDER / artefacts.WIRING,
        code=code(jobs.spectra_job(RESULTS, CELL, {})),
    output:
        spectra=update(CELL_FOLDER / artefacts.SPECTRA),
        null=update(CELL_FOLDER / artefacts.NULL),
        densities=update(CELL_FOLDER / artefacts.DENSITIES),
        record=update(CELL_FOLDER / "spectra.meta.json"),
    log:
        LOGS / "spectra" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "spectra" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        # The matrix of resnet50's graph has 12,288 x 11,432 entries, and there is one for every null draw.
        mem_mb=lambda w, attempt: 6000 * attempt,
        runtime=lambda w, attempt: 120 * attempt,
    params:
        results=RESULTS,
        settings=lambda w: json.dumps(plan.spectra_settings(experiment, cell_of(w))),
    message:
        "Spectra of {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle spectra {wildcards.dataset}/{wildcards.network}/{wildcards.family}/{wildcards.density} --settings {params.settings:q} --results {params.results} > {log} 2>&1"


rule compare:
    input:
        lambda w: jobs.compare_job(RESULTS, groups[w.dataset, w.network]).inputs,
        code=lambda w: code(jobs.compare_job(RESULTS, groups[w.dataset, w.network])),
    output:
        distances=COMPARISON_FOLDER / artefacts.DISTANCES,
        networks=COMPARISON_FOLDER / artefacts.NETWORKS,
        record=COMPARISON_FOLDER / "distances.meta.json",
    log:
        LOGS / "compare" / "{dataset}" / "{network}.log",
    benchmark:
        BENCHMARKS / "compare" / "{dataset}" / "{network}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=4000,
        runtime=60,
    params:
        results=RESULTS,
        cells=lambda w: groups[w.dataset, w.network],
    message:
        "Compare the wirings of all networks on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle compare {params.cells} --results {params.results} > {log} 2>&1"
