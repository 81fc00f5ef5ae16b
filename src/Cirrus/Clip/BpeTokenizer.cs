namespace Cirrus.Clip;

/// <summary>Which published tokenizer's cleaning, padding and special tokens are followed (methods: 1.5).</summary>
public enum TokenizerKind
{
    /// <summary>openai/CLIP and open_clip: ftfy, html.unescape twice, whitespace folded, lower-case.</summary>
    OpenAi,

    /// <summary>Hugging Face's slow CLIPTokenizer with ftfy: no html.unescape.</summary>
    HuggingFace,

    /// <summary>SDXL's tokenizer_2 with the added token <c>[$]</c> (49408 or vocabulary size): "!" is cut out as id 0. LinCIR trains with it.</summary>
    Sdxl,
}

/// <summary>CLIP's byte-pair tokenizer (methods: 1.5). Thread-safe.</summary>
public sealed class BpeTokenizer
{
    /// <summary>Ids of the two special tokens; 49406 and 49407 in CLIP's own vocabulary.</summary>
    public int Start => throw new NotSupportedException();

    public int End => throw new NotSupportedException();

    /// <summary>The id of <c>$</c> as a word of its own: 259 in CLIP's own vocabulary.</summary>
    public int Placeholder => throw new NotSupportedException();

    public int Count => throw new NotSupportedException();

    public int Context => throw new NotSupportedException();

    /// <summary>From bpe_simple_vocab_16e6.txt(.gz), a folder with vocab.json + merges.txt, or tokenizer.json.</summary>
    public static BpeTokenizer Load(string path, int context = 77) => throw new NotSupportedException();

    /// <summary>From merges in rank order ("a b&lt;/w&gt;"); the vocabulary is 512 byte symbols, the merges, start and end.</summary>
    public static BpeTokenizer FromMerges(IEnumerable<string> merges, int context = 77) => throw new NotSupportedException();

    /// <summary>Ids with start and end token, at most <see cref="Context"/>; too long a text is cut, the end token stays last.</summary>
    /// <param name="truncated">true when the text was cut.</param>
    public int[] Encode(string text, out bool truncated, TokenizerKind kind = TokenizerKind.OpenAi) => throw new NotSupportedException();

    public int[] Encode(string text, TokenizerKind kind = TokenizerKind.OpenAi) => Encode(text, out _, kind);

    /// <summary>Ids without start and end token, not cut.</summary>
    public int[] EncodePlain(string text, TokenizerKind kind = TokenizerKind.OpenAi) => throw new NotSupportedException();

    /// <summary>What Hugging Face's decode gives for ids without specials (methods: 2.4 step A.4, clean-up included).</summary>
    public string Decode(ReadOnlySpan<int> ids) => throw new NotSupportedException();
}
