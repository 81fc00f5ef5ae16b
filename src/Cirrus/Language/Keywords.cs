using System.Text;

namespace Cirrus.Language;

/// <summary>LinCIR's keywords of a caption (Gu et al., CVPR 2024; methods: 2.4 step B).</summary>
public static class Keywords
{
    /// <summary>
    /// Every maximal run of nouns, names, adjectives and determiners, its words joined by single spaces; in order, repeated ones
    /// kept. White space other than one space between two words ends a run.
    /// </summary>
    /// <param name="cleanedCaption">Lower-cased, as LinCIR's cleaning leaves it.</param>
    /// <returns>Empty when the caption has no such word (LinCIR then goes on with one empty keyword).</returns>
    public static IReadOnlyList<string> Of(string cleanedCaption) => Of(cleanedCaption, PosTagger.Default);

    public static IReadOnlyList<string> Of(string cleanedCaption, PosTagger tagger)
    {
        List<(int Start, int Length)> spans = WordSplitter.Split(cleanedCaption);
        List<string> words = new(spans.Count);
        foreach ((int start, int length) in spans)
            if (!char.IsWhiteSpace(cleanedCaption[start]))
                words.Add(cleanedCaption.Substring(start, length));
        Pos[] tags = tagger.Tag(words);
        List<string> keywords = [];
        StringBuilder run = new();
        int word = 0;
        foreach ((int start, _) in spans)
        {
            bool white = char.IsWhiteSpace(cleanedCaption[start]);
            if (!white && IsKey(tags[word]))
                run.Append(run.Length == 0 ? "" : " ").Append(words[word]);
            else
                End();
            word += white ? 0 : 1;
        }
        End();
        return keywords;

        void End()
        {
            if (run.Length > 0)
                keywords.Add(run.ToString());
            run.Clear();
        }
    }

    /// <summary>The kinds of words LinCIR masks.</summary>
    public static bool IsKey(Pos tag) => tag is Pos.Noun or Pos.Propn or Pos.Adj or Pos.Det;
}
