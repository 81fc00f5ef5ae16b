using System.Text.Json;

namespace Cirrus.Tensors;

/// <summary>Several files of tensors seen as one, by Hugging Face's index ({"weight_map": {tensor: file}}).</summary>
internal sealed class ShardedTensors : TensorFile
{
    private const long LongestIndex = 64 << 20;
    private readonly Dictionary<string, TensorFile> _shards = [];
    private readonly Dictionary<string, TensorFile> _of = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    private ShardedTensors(string path) => Path = path;

    public override string Path { get; }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public static ShardedTensors Open(MappedFile file)
    {
        ShardedTensors shards = new(file.Path);
        try
        {
            if (file.Length > LongestIndex)
                throw new JsonException("it is too long");
            using JsonDocument json = JsonDocument.Parse(file.Span(0, file.Length).ToArray());
            foreach (JsonProperty entry in json.RootElement.GetProperty("weight_map").EnumerateObject())
                shards.Add(entry.Name, entry.Value.GetString() ?? "");
            return shards;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            shards.Dispose();
            throw new CirrusException($"'{file.Path}' is no index of shards: {e.Message}", hint: "fetch the file again", e);
        }
        catch (CirrusException)
        {
            shards.Dispose();
            throw;
        }
    }

    public override void Read(string name, Span<float> values) => _of[Find(name, values.Length).Name].Read(name, values);

    public override void Read(string name, Span<long> values) => _of[Find(name, values.Length).Name].Read(name, values);

    public override void Dispose()
    {
        foreach (TensorFile shard in _shards.Values)
            shard.Dispose();
    }

    private void Add(string tensor, string shard)
    {
        if (shard.Length == 0 || shard != System.IO.Path.GetFileName(shard) || shard.AsSpan().ContainsAny('\\', '\0'))
            throw new CirrusException($"'{Path}' names '{shard}', which is no plain file name.",
                hint: "shards lie beside their index");
        if (!_shards.TryGetValue(shard, out TensorFile? file))
        {
            string folder = System.IO.Path.GetDirectoryName(Path) ?? "";
            _shards[shard] = file = OpenSingle(MappedFile.Open(System.IO.Path.Combine(folder, shard)));
        }
        if (!file.Tensors.TryGetValue(tensor, out StoredTensor? stored))
            throw new CirrusException($"'{shard}' has no tensor {tensor}, which '{Path}' promises.",
                hint: "fetch both files again");
        (_tensors[tensor], _of[tensor]) = (stored, file);
    }
}
