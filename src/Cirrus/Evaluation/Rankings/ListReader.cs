using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Rankings;

/// <summary>An entry of a list: what stands there, as text.</summary>
/// <param name="Text">the id; or, where there is none, what is there instead: "null", "a list".</param>
/// <param name="Number">written without quotes.</param>
/// <param name="IsId">a text or a whole number.</param>
internal readonly record struct ListedId(string Text, bool Number, bool IsId);

/// <summary>One name of a JSON object of lists, with its value.</summary>
/// <param name="Family">the name of the object around it; null: it stands at the top.</param>
/// <param name="Other">where the value is no list: the text, or what it is ("null", "an object"); null: it is a list.</param>
/// <param name="Ids">the list, overwritten by the next one.</param>
internal readonly record struct ListedQuery(string? Family, string Name, string? Other, List<ListedId> Ids);

/// <summary>
/// Reads JSON objects of lists (rankings, submissions) without holding them: a complete ranking of a large gallery is
/// hundreds of megabytes.
/// </summary>
internal static class ListReader
{
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The whole file, without a byte order mark.</summary>
    /// <exception cref="CirrusException">It cannot be read, or is larger than <paramref name="most"/> bytes.</exception>
    public static ReadOnlyMemory<byte> Load(string path, long most)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > most)
                throw new CirrusException($"'{path}' has {length:N0} bytes; at most {most:N0} are read.",
                    hint: "keep the best 50 of each ranking: no metric looks further");
            byte[] bytes = File.ReadAllBytes(path);
            return bytes.AsSpan().StartsWith(Mark) ? bytes.AsMemory(Mark.Length) : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}", hint: "name a JSON file of yours", e);
        }
    }

    /// <summary>Calls for every name at the top, or in an object at the top, in the file's order.</summary>
    /// <param name="path">for messages.</param>
    /// <exception cref="CirrusException">It is no JSON object.</exception>
    public static void Read(string path, ReadOnlySpan<byte> bytes, Action<ListedQuery> each)
    {
        Utf8JsonReader json = new(bytes);
        if (Next(path, ref json) != JsonTokenType.StartObject)
            throw new CirrusException($"'{path}' is not a JSON object.",
                hint: "wanted is one object: {\"query id\": [\"best\", \"second\", ...], ...}");
        List<ListedId> ids = [];
        while (Next(path, ref json) != JsonTokenType.EndObject)
        {
            string name = Text(path, ref json);
            if (Next(path, ref json) != JsonTokenType.StartObject)
            {
                each(new(null, name, Value(path, ref json, ids), ids));
                continue;
            }
            while (Next(path, ref json) != JsonTokenType.EndObject)
            {
                string inner = Text(path, ref json);
                Next(path, ref json);
                each(new(name, inner, Value(path, ref json, ids), ids));
            }
        }
        Next(path, ref json);                                                                // anything behind the object is an error
    }

    private static string? Value(string path, ref Utf8JsonReader json, List<ListedId> ids)
    {
        ids.Clear();
        if (json.TokenType != JsonTokenType.StartArray)
            return One(path, ref json).Text;
        while (Next(path, ref json) != JsonTokenType.EndArray)
            ids.Add(One(path, ref json));
        return null;
    }

    private static ListedId One(string path, ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return new(Text(path, ref json), false, true);
            case JsonTokenType.Number:
                return json.TryGetInt64(out long whole) ? new(whole.ToString(System.Globalization.CultureInfo.InvariantCulture), true, true)
                    : new($"the number {System.Text.Encoding.ASCII.GetString(json.ValueSpan)}", true, false);
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                string what = json.TokenType == JsonTokenType.StartArray ? "a list" : "an object";
                int depth = json.CurrentDepth;
                while (Next(path, ref json) is not (JsonTokenType.EndArray or JsonTokenType.EndObject) || json.CurrentDepth > depth)
                {
                }
                return new(what, false, false);
            default:
                return new(System.Text.Encoding.ASCII.GetString(json.ValueSpan), false, false);
        }
    }

    private static JsonTokenType Next(string path, ref Utf8JsonReader json)
    {
        try
        {
            return json.Read() ? json.TokenType : JsonTokenType.None;
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}' is not JSON: {e.Message}",
                hint: "NaN, comments and commas behind the last entry are not JSON either; write it with a JSON library", e);
        }
    }

    private static string Text(string path, ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new CirrusException($"'{path}' has a text that is not UTF-8 near byte {json.TokenStartIndex:N0}.",
                hint: "write it with a JSON library", e);
        }
    }
}
