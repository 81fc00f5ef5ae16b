namespace Cirrus.Playground;

/// <summary>The words of the world: every attribute as an adjective, as a predicate after "that", and as a phrase at the end.</summary>
internal static class Wording
{
    private static readonly string[] Kinds =
        ["circle", "square", "triangle", "star", "heart", "moon", "cross", "ring", "diamond", "arrow", "drop", "house", "tree",
            "fish", "flower", "mushroom"];
    private static readonly string[] Colours = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"];
    private static readonly string[][] Fills = [["solid", "filled"], ["outlined", "hollow"], ["striped"], ["dotted", "spotted"]];
    private static readonly string[][] Sizes = [["small", "little"], ["large", "big"]];
    private static readonly string[][] Places =
    [
        ["on a white background", "on white", "on plain white"],
        ["in the sky", "against the sky", "in the blue sky"],
        ["on the grass", "on grass", "in the grass"],
        ["on the sand", "on sand", "in the sand"],
        ["at night", "in the night", "under the stars of the night"],
        ["on a brick wall", "on bricks", "against a brick wall"],
    ];
    private static readonly string[] Settings =
        ["white background", "sky background", "grass background", "sand background", "night background", "brick background"];
    private static readonly string[][] Styles =
    [
        ["realistic", "a realistic picture", "a realistic image"],
        ["a cartoon", "a cartoon drawing", "in cartoon style"],
        ["a pencil sketch", "a sketch", "drawn in pencil"],
        ["pixel art", "a piece of pixel art", "made of pixels"],
    ];
    private static readonly string[][] StyleLeads =
    [
        ["a realistic picture of", "a realistic image of"], ["a cartoon of", "a cartoon drawing of"],
        ["a pencil sketch of", "a sketch of"], ["pixel art of", "a piece of pixel art of"],
    ];
    private static readonly string[] StyleTags = ["realistic", "cartoon", "pencil sketch", "pixel art"];

    public static string Of(Kind kind) => Kinds[(int)kind];

    public static string Of(Colour colour) => Colours[(int)colour];

    /// <summary>The first wording of each, the one that questions use.</summary>
    public static string Of(Fill fill) => Fills[(int)fill][0];

    public static string Of(Size size) => Sizes[(int)size][0];

    public static string Of(Backdrop backdrop) => Places[(int)backdrop][0];

    public static string Of(Style style) => Styles[(int)style][0];

    public static string Any(Fill fill, Dice dice) => dice.Pick(Fills[(int)fill]);

    public static string Any(Size size, Dice dice) => dice.Pick(Sizes[(int)size]);

    /// <summary>"on the sand": stands after a noun, or after "is".</summary>
    public static string Any(Backdrop backdrop, Dice dice) => dice.Pick(Places[(int)backdrop]);

    /// <summary>"a pencil sketch": stands after "is".</summary>
    public static string Any(Style style, Dice dice) => dice.Pick(Styles[(int)style]);

    /// <summary>"a pencil sketch of": stands before an object.</summary>
    public static string Lead(Style style, Dice dice) => dice.Pick(StyleLeads[(int)style]);

    /// <summary>"pencil sketch": an item of a comma list.</summary>
    public static string Tag(Style style) => StyleTags[(int)style];

    public static string Tag(Backdrop backdrop) => Settings[(int)backdrop];

    public static string Plural(Kind kind) => kind switch
    {
        Kind.Cross => "crosses",
        Kind.Fish => "fish",
        _ => Kinds[(int)kind] + "s",
    };

    public static string Article(string phrase) => (phrase[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + phrase;
}
