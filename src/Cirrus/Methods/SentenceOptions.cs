namespace Cirrus.Methods;

/// <summary>How a method that writes the picture into a sentence does it, beyond the papers. All off is the papers' way.</summary>
/// <param name="Templates">prompts with <c>$</c> and <c>{caption}</c>, whose unit features are averaged; null: the method's
/// own prompt. A text with a <c>$</c> of its own stays the prompt as it stands.</param>
/// <param name="Anchored">adds 0.3 of (picture + sentence − sentence without the change) to the query: what the change
/// does, done to the picture itself.</param>
/// <param name="GapShift">moves pictures to where the method's training data lay before they become words; needs
/// <paramref name="GalleryMean"/>.</param>
/// <param name="GalleryMean">the mean raw feature of the pictures searched, [P].</param>
public sealed record SentenceOptions(IReadOnlyList<string>? Templates = null, bool Anchored = false, bool GapShift = false,
    float[]? GalleryMean = null);
