using System.Text;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Language;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;

namespace Cirrus.Tests.Fuzz;

/// <summary>What people type: captions, queries, masks, templates.</summary>
internal static class TextSubjects
{
    private const string Prompts = "a photo of $ that {caption}";
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.FromMerges(["a t</w>", "c at</w>"]);

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        Text("caption", "a photo of $ that don't sleep, naïve cafÃ© &amp; 3 cats' <|endoftext|> 😀\n", Encode, share: 4),
        Text("keywords", "a red car on the street, don't stop\n", text => Keywords.Of(text)),
        Text("caption masking", "a red car on the street\n", text => CaptionMasking.Mask(text, Keywords.Of(text), _ => 0, out _)),
        Text("query", "but in red\nat night\n", text => QueryGrammar.Parse(text.Split('\n'), [], text.Split('\n').Take(1), [text], [text]), share: 2),
        Text("mask", "10,20,30,40", text => PictureMask.Parse(text).Over(50, 60, (_, _) => new(1, 1, PictureMode.L, [1]))),
        Text("preprocessing", "openai 224", text => Preprocessing.Parse(text)),
        Text("templates", Prompts, text => PromptTemplates.Parse(text)),
    ];

    private static void Encode(string text)
    {
        int[] tokens = Tokenizer.Encode(text);
        Assert.InRange(tokens.Length, 2, 77);
    }

    private static FuzzSubject Text(string name, string text, Action<string> read, double share = 1) => new(name, f => File.WriteAllText(Path.Combine(f, "a.txt"), text),
        f => read(Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(f, "a.txt")))), Refusable: false)
    {
        Share = share,
        Worth = 64 << 20,
    };
}
