using System.Text.Json.Nodes;

namespace Cirrus.Cli.Bench;

/// <summary>A query of the load, as the library takes it and as the server does.</summary>
/// <param name="Kind">text, picture or composed.</param>
/// <param name="Id">the stored picture asked about; null: none, or one that is sent.</param>
/// <param name="Bytes">the picture sent; null: none.</param>
internal sealed record LoadQuery(string Kind, string? Words, long? Id, byte[]? Bytes)
{
    /// <summary>How many hits are asked for.</summary>
    public const int Top = 10;

    /// <summary>How many are known, so that pictures of equal score may change places at the end.</summary>
    private const int Known = 40;

    /// <summary>Floats of another batch are summed in another order.</summary>
    private const float Rounding = 2e-5f;

    /// <summary>What the library answers in each state of the gallery: path and score, best first.</summary>
    public List<(string Path, float Score)[]> Expected { get; } = [];

    public string Body(string? gallery)
    {
        JsonObject body = new() { ["top"] = Top };
        if (gallery is not null)
            body["gallery"] = gallery;
        if (Words is not null)
            body["text"] = Words;
        if (Id is long id)
            body["images"] = new JsonArray(new JsonObject { ["id"] = id });
        else if (Bytes is not null)
            body["images"] = new JsonArray(new JsonObject { ["data"] = Convert.ToBase64String(Bytes) });
        return body.ToJsonString();
    }

    /// <summary>Asks the library itself, in the state that the gallery is in now.</summary>
    public void Learn(Retriever retriever)
    {
        QueryPicture? picture = Id is not null ? new(Id: Id) : Bytes is not null ? new() { Bytes = Bytes } : null;
        ComposedQuery query = new(picture is null ? [] : [picture], Words);
        Expected.Add([.. retriever.Search(query, Known).Hits.Select(h => (h.Path, h.Score))]);
    }

    /// <summary>
    /// Null when the hits are those of a state, else what is wrong. Pictures whose scores are equal but for rounding
    /// may stand in any order.
    /// </summary>
    public string? Differs(IReadOnlyList<(string Path, float Score)> hits, int state)
    {
        (string Path, float Score)[] expected = Expected[state];
        if (hits.Count != Math.Min(Top, expected.Length))
            return $"{hits.Count} hits";
        for (int i = 0; i < hits.Count; i++)
        {
            int at = Array.FindIndex(expected, e => e.Path == hits[i].Path);
            if (at < 0 || MathF.Abs(expected[at].Score - hits[i].Score) > Rounding || MathF.Abs(expected[i].Score - hits[i].Score) > Rounding)
                return $"hit {i + 1} is {hits[i].Path} with {hits[i].Score:F6}, the library's {expected[i].Path} with {expected[i].Score:F6}";
        }
        return null;
    }
}
