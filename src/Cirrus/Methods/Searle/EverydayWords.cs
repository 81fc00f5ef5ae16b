using Cirrus.Clip;

namespace Cirrus.Methods.Searle;

/// <summary>Plain words of our own, for runs without a vocabulary or without phrases: things, qualities, places.</summary>
public static class EverydayWords
{
    /// <summary>Fewer things than this that a CLIP knows as whole words are joined with qualities: "red house".</summary>
    private const int FewThings = 100, LeastKnown = 5;

    private static readonly string[] Things = Split("""
        airplane apple arch arm arrow baby backpack bag ball balloon banana band bank barn basket bat bathroom beach bean bear bed bedroom bee beer bell bench
        bicycle bike bird blanket boat book bookshelf boot bottle bowl box boy bracelet branch bread brick bridge broccoli brush bucket bug building bus bush
        butter butterfly button cabin cabinet cage cake camel camera camp can candle candy cap car card carpet carrot castle cat ceiling chain chair cheese
        cherry chicken child church circle city clock cloth cloud clown coast coat coffee coin computer cookie corn couch cow crab crane cross crowd crown cube
        cup curtain deer desert desk dessert diamond dinner dish doctor dog doll dolphin donkey door dragon drawer dress drink driver drop drum duck eagle ear
        egg elephant engine eye face family fan farm farmer feather fence field finger fire fish flag flame floor flower food foot forest fork fountain fox
        frame frog fruit garage garden gate giraffe girl glass glasses glove goat goldfish grape grapes grass group guitar hair hall hammer hand hat hawk head
        heart helicopter helmet hen highway hill horn horse hospital hotel house hut ice insect island jacket jar jeans jet jewelry juice jungle key keyboard
        king kitchen kite kitten knife ladder lake lamb lamp laptop leaf leg lemon letter library light lighthouse lion lizard log machine magazine mall man map
        market mask mat meal meat microphone milk mirror monkey monument moon motorcycle mountain mouse mouth mug museum mushroom nail neck necklace nest
        newspaper night nose nurse ocean office onion orange orchid oven owl painting palace pan panda pants paper park parrot pasta path peach peacock pear pen
        pencil penguin people pepper person phone piano picture pie pig pigeon pillow pipe pizza plane plant plate player pond pony pool pot potato puppy purse
        pyramid queen rabbit radio railway rain rainbow rat restaurant ribbon rice ring river road robot rock roof room rooster root rope rose ruler sail
        salad sand sandwich scarf school scissors screen sea seal seat sheep shelf shell ship shirt shoe shop shore shoulder shower sign sink skirt sky
        skyscraper snake snow soap sock sofa soldier soup spider spoon sports square squirrel stadium stage stairs star station statue steak stone store stove
        strawberry street student suit suitcase sun sunflower sunglasses sunset surfboard swan sweater sword table tail tank taxi tea teacher teapot
        telephone television temple tent theater tiger tile toast toilet tomato tool tower town toy tractor traffic train tree triangle truck trumpet tulip
        tunnel turtle umbrella uniform valley van vase vegetable vehicle village violin wall watch water waterfall wave weapon wedding wheel whale
        wind window wine wing wolf woman wood wool worker yacht yard zebra
        """);

    private static readonly string[] Qualities = Split("""
        red orange yellow green blue purple pink brown black white gray golden small little big large tiny huge tall short long round flat old new young clean
        dirty bright dark shiny wet dry broken open empty full wooden metal plastic striped dotted spotted solid plain hollow filled outlined colorful soft
        hard thin thick happy sad sleepy hungry quiet fast slow beautiful pretty funny strange realistic
        """);

    private static readonly string[] Scenes =
    [
        "on the grass", "in the sky", "on the sand", "at night", "on a white background", "against a brick wall",
        "on the beach", "on a table", "in the street",
        "in the park", "in the kitchen", "in the snow", "in the water", "under a tree", "in a garden", "near a house",
        "by the window", "on the road", "in a room",
        "in the rain", "at sunset", "in a field", "on a shelf", "in the forest", "next to a river", "in the city",
        "on the floor", "in front of a wall",
    ];

    private static readonly string[] Looks =
        ["a sketch", "a pencil sketch", "a cartoon", "a cartoon drawing", "a drawing", "a painting", "a realistic picture",
            "a toy", "an old photo", "pixel art"];

    /// <summary>Things, the qualities beside them where a CLIP knows few.</summary>
    public static IReadOnlyList<string> Concepts(BpeTokenizer tokenizer)
    {
        string[] things = Known(tokenizer, Things);
        return things.Length >= FewThings ? things
            : [.. things, .. Known(tokenizer, Qualities).SelectMany(_ => things, (quality, thing) => $"{quality} {thing}")];
    }

    public static IReadOnlyList<string> QualitiesOf(BpeTokenizer tokenizer) => Known(tokenizer, Qualities);

    public static IReadOnlyList<string> ThingsOf(BpeTokenizer tokenizer) => Known(tokenizer, Things);

    public static IReadOnlyList<string> ScenesOf(BpeTokenizer tokenizer) => Known(tokenizer, Scenes);

    public static IReadOnlyList<string> LooksOf(BpeTokenizer tokenizer) => Known(tokenizer, Looks);

    /// <summary>"a house", "an arch".</summary>
    public static string WithArticle(string words) => (words[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + words;

    /// <summary>Those whose every word is one token, so that the CLIP has seen them often; all of them where it knows hardly any.</summary>
    private static string[] Known(BpeTokenizer tokenizer, string[] texts)
    {
        string[] known = [.. texts.Where(t => tokenizer.EncodePlain(t).Length == t.AsSpan().Count(' ') + 1)];
        return known.Length >= LeastKnown ? known : texts;
    }

    private static string[] Split(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
