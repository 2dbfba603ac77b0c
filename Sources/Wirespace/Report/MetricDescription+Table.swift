extension MetricDescription {
    /// Every figure that an evaluation writes, in the order in which a report shows them.
    public static let all = drawing + use + order + paths + samples + layouts + factors

    /// What stands before the key of a figure that is about layouts.
    static let layoutPrefix = "layout_"

    /// What is about drawing from the code alone, for layouts; how often the classifier is right about real pages is not.
    private static let layouts =
        (drawing.filter { $0.key.hasSuffix("_from_latent") } + samples).filter {
            $0.key != "sample_classifier_accuracy"
        }.map { about in
            MetricDescription(
                layoutPrefix + about.key, about.name + ", as layouts", .layouts, about.range, about.better,
                "For what the layout decoder draws (`wirespace layouts`). " + about.formula, source: about.source)
        } + [
            MetricDescription(
                "layout_sample_crossings", "Crossings in samples, as layouts", .layouts, "from 0", .neither,
                "Pairs of a drawn page's parts that overlap and of which neither lies in the other, mean over pages.",
                source: "Overlap, after Li, Yang, Hertzmann, Zhang and Xu, ICLR 2019"),
            MetricDescription(
                "layout_page_crossings", "Crossings in real layouts", .layouts, "from 0", .neither,
                "The same in the layouts of test pages: what is usual.", source: "As crossings in samples"),
        ]

    private static let drawing = [
        MetricDescription(
            "ssim", "SSIM", .drawing, "−1 to 1", .higher,
            "Structural similarity of page and reconstruction: local means, variances and covariance in a Gaussian window "
                + "of 11×11 pixels (σ 1.5), averaged over the page, then over pages. Drawn with the skips if the model has them.",
            source: "Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 2004"),
        MetricDescription(
            "ssim_from_latent", "SSIM from the latent", .drawing, "−1 to 1", .higher,
            "The same, with every page drawn from its code alone: the skips are replaced by their learned null maps.",
            source: "Wang et al., IEEE TIP 2004"),
        MetricDescription(
            "ink_f1", "Ink F1", .drawing, "0 to 1", .higher,
            "Harmonic mean of precision and recall of ink pixels (darker than 0.5), a pixel counting as found when one lies "
                + "within 1 pixel of it. White paper cannot raise it: a blank page scores 0.",
            source: "F1, with a tolerance after Martin, Fowlkes and Malik, IEEE TPAMI 2004"),
        MetricDescription(
            "ink_f1_from_latent", "Ink F1 from the latent", .drawing, "0 to 1", .higher,
            "The same, drawn from the latent alone.", source: "As ink F1"),
        MetricDescription(
            "l1_from_latent", "Mean error from the latent", .drawing, "0 to 1, 1 = white against black", .lower,
            "Mean absolute difference of a pixel and its reconstruction, drawn from the latent alone.",
            source: "Mean absolute error"),
    ]

    private static let use = [
        MetricDescription(
            "active_units", "Active dimensions", .use, "number of dimensions", .neither,
            "Latent dimensions whose posterior mean varies over the test pages by more than 0.01 (variance).",
            source: "Burda, Grosse and Salakhutdinov, ICLR 2016"),
        MetricDescription(
            "kl_nats", "KL to the prior", .use, "nats, from 0", .neither,
            "How much a page's code tells beyond the prior: ½ Σ (μ² + σ² − log σ² − 1), mean over pages. Near 0 the "
                + "codes say nothing; very large, the prior does not describe them.",
            source: "Kingma and Welling, ICLR 2014"),
        MetricDescription(
            "z_shuffle_delta", "Harm of swapped codes", .use, "rise of the mean error", .higher,
            "Rise of the mean absolute error when pages get each other's codes. 0: the decoder ignores the code.",
            source: "After the permutation importance of Breiman, Machine Learning 2001"),
        MetricDescription(
            "z_shuffle_delta_from_latent", "Harm of swapped codes, from the latent", .use, "rise of the mean error",
            .higher, "The same, drawn from the latent alone.", source: "As harm of swapped codes"),
        MetricDescription(
            "effective_dimensionality_95", "Effective dimensions", .use, "number of components", .neither,
            "Principal components of the codes that together hold 95 % of their variance.",
            source: "Principal component analysis, Jolliffe 2002"),
        MetricDescription(
            "prior_mmd", "Distance of codes from the prior", .use, "from about 0", .lower,
            "Unbiased squared maximum mean discrepancy between the codes and draws from the prior, Gaussian kernel, median width.",
            source: "Gretton et al., JMLR 2012"),
    ]

    private static let order = [
        MetricDescription(
            "silhouette", "Silhouette by archetype", .order, "−1 to 1", .higher,
            "For each page (b − a) / max(a, b): a its mean distance to pages of its own archetype, b to those of the "
                + "nearest other one; the mean over pages. Near 1 the archetypes stand apart, near 0 they overlap.",
            source: "Rousseeuw, J. Comput. Appl. Math. 1987"),
        MetricDescription(
            "silhouette_kmeans", "Silhouette of k-means", .order, "−1 to 1", .higher,
            "The same for the groups that k-means finds without labels, with as many groups as archetypes.",
            source: "Rousseeuw 1987; Lloyd 1982"),
        MetricDescription(
            "nmi", "Agreement of k-means, NMI", .order, "0 to 1", .higher,
            "Mutual information of k-means groups and archetypes over the mean of their entropies.",
            source: "Vinh, Epps and Bailey, JMLR 2010, arithmetic mean"),
        MetricDescription(
            "ari", "Agreement of k-means, ARI", .order, "−0.5 to 1; 0 by chance", .higher,
            "Share of pairs of pages on which k-means groups and archetypes agree, corrected for chance.",
            source: "Hubert and Arabie, Journal of Classification 1985"),
        MetricDescription(
            "min_cluster_distance", "Smallest cluster distance", .order, "latent units", .higher,
            "Euclidean distance of the two archetypes whose mean codes are closest.", source: "The source's definition"),
        MetricDescription(
            "mean_cluster_distance", "Mean cluster distance", .order, "latent units", .higher,
            "Mean Euclidean distance between the mean codes of two archetypes.", source: "The source's definition"),
        MetricDescription(
            "min_cluster_distance_sigma", "Smallest cluster distance, in σ", .order,
            "standard deviations within clusters", .higher,
            "The smallest cluster distance over the pooled standard deviation within clusters: does not grow when all codes are scaled.",
            source: "Cohen's d, Cohen 1988"),
        MetricDescription(
            "mean_cluster_distance_sigma", "Mean cluster distance, in σ", .order, "standard deviations within clusters",
            .higher, "The mean cluster distance over the pooled standard deviation within clusters.",
            source: "Cohen's d, Cohen 1988"),
        MetricDescription(
            "knn_accuracy", "Archetype by neighbours", .order, "0 to 1", .higher,
            "Share of test pages whose archetype the 5 nearest training pages name by majority.",
            source: "Cover and Hart, IEEE TIT 1967"),
        MetricDescription(
            "linear_probe_accuracy", "Archetype by a linear probe", .order, "0 to 1", .higher,
            "Share of test pages whose archetype a logistic regression names from the code; fitted on training pages.",
            source: "Alain and Bengio, ICLR workshop 2017"),
        MetricDescription(
            "guess_accuracy", "Archetype by the code", .order, "0 to 1", .higher,
            "Share of test pages whose most probable archetype, p(y | z), is right: what `search` and the explorer say of a page.",
            source: "Bayes' rule on the prior"),
        MetricDescription(
            "guess_confidence", "Confidence of that guess", .order, "0 to 1", .neither,
            "Mean probability of that archetype, softened by the temperature that was measured on validation pages: as large as the share that is right, if it is honest.",
            source: "Guo et al., ICML 2017"),
        MetricDescription(
            "guess_calibration_error", "Calibration error of that guess", .order, "0 to 1", .lower,
            "Pages sorted into ten bins by that probability: the mean difference between a bin's share that is right and its mean probability.",
            source: "Expected calibration error, Naeini et al., AAAI 2015"),
        MetricDescription(
            "mean_knn_distance", "Distance to neighbours", .order, "latent units", .neither,
            "Mean distance from a page's code to its 5 nearest.", source: "The source's definition"),
        MetricDescription(
            "std_knn_distance", "Spread of distances to neighbours", .order, "latent units", .neither,
            "Standard deviation of those distances: large where the space has crowds and holes.",
            source: "The source's definition"),
    ]

    private static let paths = [
        MetricDescription(
            "interpolation_smoothness", "Change per step", .paths, "0 to 1", .neither,
            "Mean absolute change of a pixel from one picture to the next, over 10 equal steps between two pages' codes.",
            source: "The source's definition"),
        MetricDescription(
            "interpolation_variance", "Unevenness of steps", .paths, "from 0", .lower,
            "Variance of the changes of a path over their squared mean: 0 when all steps change the page equally.",
            source: "The source's definition, made independent of page size"),
        MetricDescription(
            "interpolation_variance_even", "Unevenness of even steps", .paths, "from 0", .lower,
            "The same for 10 steps along the same line that are chosen to change the page equally (as `interpolate` does).",
            source: "Constant speed in pixels, after Arvanitidis, Hansen and Hauberg, ICLR 2018"),
        MetricDescription(
            "interpolation_path_ratio", "Detour of paths", .paths, "from 1", .lower,
            "Sum of the changes over the difference of both ends: 1 when every pixel goes straight to its last value.",
            source: "Perceptual path length in pixels, after Karras, Laine and Aila, CVPR 2019"),
    ]

    private static let samples = [
        MetricDescription(
            "sample_precision", "Precision of samples", .samples, "0 to 1", .higher,
            "Share of drawn pages that lie within the neighbourhood of a real one, by features of a frozen network.",
            source: "Kynkäänniemi et al., NeurIPS 2019"),
        MetricDescription(
            "sample_recall", "Recall of samples", .samples, "0 to 1", .higher,
            "Share of real pages that lie within the neighbourhood of a drawn one.",
            source: "Kynkäänniemi et al., NeurIPS 2019"),
        MetricDescription(
            "sample_density", "Density of samples", .samples, "from 0; about 1 for real pages", .higher,
            "In how many neighbourhoods of real pages a drawn one lies, over the number of neighbours.",
            source: "Naeem et al., ICML 2020"),
        MetricDescription(
            "sample_coverage", "Coverage of samples", .samples, "0 to 1", .higher,
            "Share of real pages with a drawn one in their neighbourhood.", source: "Naeem et al., ICML 2020"),
        MetricDescription(
            "sample_kid", "Kernel distance of samples", .samples, "from about 0", .lower,
            "Squared maximum mean discrepancy of the features of drawn and real pages, cubic kernel, mean over subsets.",
            source: "Bińkowski et al., ICLR 2018, on other features than Inception's"),
        MetricDescription(
            "sample_recognised", "Recognised samples", .samples, "0 to 1", .higher,
            "Share of pages drawn for an archetype that a classifier trained on real pages takes for that archetype.",
            source: "Classification accuracy score, after Ravuri and Vinyals, NeurIPS 2019"),
        MetricDescription(
            "sample_classifier_accuracy", "That classifier on real pages", .samples, "0 to 1", .neither,
            "Share of real test pages that the same classifier names rightly: what recognised samples can reach.",
            source: "As recognised samples"),
    ]

    private static let factors = [
        MetricDescription(
            "mig", "Mutual information gap", .factors, "0 to 1", .higher,
            "For each known property of a page: the lead of the dimension that tells most about it over the second, in "
                + "shares of the property's entropy; the mean.",
            source: "Chen, Li, Grosse and Duvenaud, NeurIPS 2018"),
        MetricDescription(
            "dci_disentanglement", "Disentanglement (DCI)", .factors, "0 to 1", .higher,
            "Whether each dimension matters for one property only: 1 − entropy of its importances.",
            source: "Eastwood and Williams, ICLR 2018"),
        MetricDescription(
            "dci_completeness", "Completeness (DCI)", .factors, "0 to 1", .higher,
            "Whether each property is told by one dimension only.", source: "Eastwood and Williams, ICLR 2018"),
        MetricDescription(
            "dci_informativeness", "Informativeness (DCI)", .factors, "0 to 1", .higher,
            "Share of test pages whose properties a classifier reads off the code rightly; mean over properties.",
            source: "Eastwood and Williams, ICLR 2018"),
        MetricDescription(
            "factor_vae_score", "FactorVAE score", .factors, "0 to 1", .higher,
            "How often the dimension that varies least in a group of pages tells which property the group shares.",
            source: "Kim and Mnih, ICML 2018"),
    ]
}
