namespace Cirrus.Methods.Searle;

/// <summary>The 24 sentences around a concept, or around the pseudo-word (methods: 4.2; first used by PALAVRA, Cohen et al., ECCV 2022).</summary>
public static class ConceptTemplates
{
    private const string Slot = "{}";

    /// <summary>In the published order, a misprint included.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "This is a photo of a {}", "This photo contains a {}", "A photo of a {}",
        "This is an illustration of a {}", "This illustration contains a {}", "An illustrations of a {}",
        "This is a sketch of a {}", "This sketch contains a {}", "A sketch of a {}",
        "This is a diagram of a {}", "This diagram contains a {}", "A diagram of a {}",
        "A {}", "We see a {}", "{}",
        "We see a {} in this photo", "We see a {} in this image", "We see a {} in this illustration",
        "We see a {} photo", "We see a {} image", "We see a {} illustration",
        "{} photo", "{} image", "{} illustration",
    ];

    /// <summary>The sentence with a concept, or with the pseudo-word's <c>$</c>, set off by blanks.</summary>
    public static string Fill(int template, string concept = "$") => All[template].Replace(Slot, $" {concept} ", StringComparison.Ordinal);
}
