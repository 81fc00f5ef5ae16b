namespace Cirrus.Methods;

/// <summary>How published evaluations say a benchmark's caption, where they differ (benchmarks: 3.4).</summary>
public enum CaptionForm
{
    /// <summary>LinCIR's and SEARLE's: FashionIQ's two captions trimmed, joined both ways, the two features averaged.</summary>
    LinCir,

    /// <summary>Pic2Word's: the second caption first, nothing trimmed.</summary>
    Pic2Word,

    /// <summary>CLIP4CIR's: the captions as the annotators wrote them; the method joins them itself. CompoDiff's too, whose
    /// paper does not say how they are joined; on ImageNet-R its paper's instructions ("as a cartoon, drawing").</summary>
    Annotators,
}
