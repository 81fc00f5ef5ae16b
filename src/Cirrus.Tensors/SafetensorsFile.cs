using System.Buffers.Binary;
using System.Text.Json;

namespace Cirrus.Tensors;

/// <summary>Reads a safetensors file. Everything its header says is checked against the file before it is used.</summary>
internal sealed class SafetensorsFile : OpenTensorFile
{
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, long> _offsets = [];
    private readonly Dictionary<string, string> _metadata = [];

    public SafetensorsFile(MappedFile file)
        : base(file)
    {
        try
        {
            long length = file.Length < 8 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(file.Span(0, 8));
            if (length < 2 || length > Safetensors.LongestHeader || length > file.Length - 8)
                throw Damaged($"its header would have {length:N0} bytes");
            if (file.Span(8, 1)[0] != (byte)'{')
                throw Damaged("its header does not begin with {");
            ReadHeader(8 + length);
            CheckCoverage(8 + length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    protected override ReadOnlySpan<byte> Bytes(StoredTensor tensor) =>
        Mapped.Span(_offsets[tensor.Name], tensor.Count * StoredValues.Size(tensor.Type));

    /// <summary>Where a tensor's numbers lie, as checked on opening; valid until the file is disposed.</summary>
    internal unsafe byte* Pointer(StoredTensor tensor) =>
        Mapped.Pointer(_offsets[tensor.Name], tensor.Count * StoredValues.Size(tensor.Type));

    private void ReadHeader(long dataStart)
    {
        try
        {
            using JsonDocument header = JsonDocument.Parse(Mapped.Span(8, dataStart - 8).ToArray());
            foreach (JsonProperty entry in header.RootElement.EnumerateObject())
                if (entry.NameEquals("__metadata__"))
                    foreach (JsonProperty fact in entry.Value.EnumerateObject())
                        _metadata[fact.Name] = fact.Value.GetString() ?? "";
                else
                    Add(entry.Name, entry.Value, dataStart);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or OverflowException)
        {
            throw Damaged($"its header is not that of a safetensors file ({e.Message})", e);
        }
    }

    /// <summary>Tensors lie end to end from the header to the end of the file: no byte is shared, and none is hidden.</summary>
    private void CheckCoverage(long at)
    {
        foreach (StoredTensor tensor in _tensors.Values.OrderBy(t => _offsets[t.Name]).ThenBy(t => t.Count))
        {
            if (_offsets[tensor.Name] != at)
                throw Damaged(
                    $"{tensor.Name} begins at byte {_offsets[tensor.Name]:N0}, what stands before it ends at {at:N0}");
            at += tensor.Count * StoredValues.Size(tensor.Type);
        }
        if (at != Mapped.Length)
            throw Damaged($"its tensors end at byte {at:N0}, the file at {Mapped.Length:N0}");
    }

    private void Add(string name, JsonElement entry, long dataStart)
    {
        string dtype = entry.GetProperty("dtype").GetString() ?? "";
        if (!Enum.TryParse(dtype, out StoredType type) || type.ToString() != dtype)
            throw new CirrusException($"'{Path}': {name} has the element type {dtype}, which Cirrus does not read.",
                hint: "use a model in F32, F16 or BF16");
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        JsonElement offsets = entry.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw Damaged($"{name} has no start and end");
        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64(), room = Mapped.Length - dataStart;
        StoredTensor tensor = new(name, type, shape);
        if (shape.Any(d => d < 0) || start < 0 || end < start || end > room
            || checked(tensor.Count * StoredValues.Size(type)) != end - start)
            throw Damaged($"{name} [{string.Join(", ", shape)}] does not fit bytes {start:N0} to {end:N0} of {room:N0}");
        if (!_tensors.TryAdd(name, tensor))
            throw Damaged($"{name} stands in it twice");
        _offsets[name] = dataStart + start;
    }

    private CirrusException Damaged(string why, Exception? inner = null) =>
        new($"'{Mapped.Path}' is no safetensors file, or damaged: {why}.", hint: "fetch the file again", inner);
}
