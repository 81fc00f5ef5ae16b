using System.Globalization;

namespace Cirrus.Tensors;

/// <summary>Reads what torch.save and torch.jit.save write (PyTorch 1.6 and later): a zip of a pickle and raw numbers.</summary>
/// <remarks>
/// Dicts, lists and objects inside each other give dotted names: {'Phi': {'w': t}} holds <c>Phi.w</c>; a bare tensor is
/// <c>tensor</c>. Numbers and texts that stand beside tensors are metadata, but for those of TorchScript's modules. No code
/// of the file is run.
/// </remarks>
internal sealed class TorchCheckpoint : OpenTensorFile
{
    private const int Deepest = 64, LettersAByte = 64, MostLetters = 1 << 26;
    private readonly Dictionary<string, (long Offset, long Bytes)> _entries;
    private readonly string _folder;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, PickleTensor> _views = [];
    private readonly Dictionary<string, string> _metadata = [];
    private long _letters;

    public TorchCheckpoint(MappedFile file)
        : base(file)
    {
        string path = file.Path;
        try
        {
            _entries = ZipDirectory.Read(Mapped);
            string pickle = _entries.Keys.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new CirrusException(
                    $"'{path}' is a zip file, but no PyTorch checkpoint: it has no data.pkl, or has it compressed.",
                    hint: "name the .pt or .bin file that torch.save wrote");
            _folder = pickle[..^"data.pkl".Length];
            if (_entries.TryGetValue(_folder + "byteorder", out (long Offset, long Bytes) order)
                && Mapped.Span(order.Offset, order.Bytes).SequenceEqual("big"u8))
                throw new CirrusException($"'{path}' was saved on a big-endian machine.",
                    hint: "save it again on another machine");
            ReadOnlySpan<byte> bytes = Entry(pickle);
            _letters = Math.Min(MostLetters, 4096 + ((long)LettersAByte * bytes.Length));
            Flatten(new PickleReader(bytes, path).Read(), "", 0);
        }
        catch
        {
            Mapped.Dispose();
            throw;
        }
    }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    private ReadOnlySpan<byte> Entry(string name) => Mapped.Span(_entries[name].Offset, _entries[name].Bytes);

    /// <summary>Names tensors by the way to them. Objects may be met again: the letters spent on names are limited.</summary>
    private void Flatten(object? value, string name, int depth, bool inModule = false)
    {
        _letters -= 1 + name.Length;
        if (_letters < 0 || depth > Deepest)
            throw Damaged("it holds too much inside each other");
        switch (value)
        {
            case PickleTensor view:
                Add(name.Length == 0 ? "tensor" : name, view);
                break;
            case PickleObject module:
                Flatten(module.State, name, depth + 1, inModule: true);
                break;
            case PickleDict dict:
                foreach ((object? key, object? item) in dict.Items)
                    Flatten(item, Join(name, key switch
                    {
                        string text => text,
                        long number => number.ToString(CultureInfo.InvariantCulture),
                        _ => throw Damaged("a key is neither text nor number"),
                    }), depth + 1, inModule);
                break;
            case IReadOnlyList<object?> list:
                for (int i = 0; i < list.Count; i++)
                    Flatten(list[i], Join(name, i.ToString(CultureInfo.InvariantCulture)), depth + 1, inModule);
                break;
            case string or long or double or bool when !inModule:
                if (!_metadata.TryAdd(name, Convert.ToString(value, CultureInfo.InvariantCulture)!))
                    throw Damaged($"{name} stands in it twice");
                break;
        }
    }

    private static string Join(string name, string part) => name.Length == 0 ? part : $"{name}.{part}";

    private void Add(string name, PickleTensor view)
    {
        StoredType type = view.Storage.Type switch
        {
            "torch.FloatStorage" => StoredType.F32,
            "torch.HalfStorage" => StoredType.F16,
            "torch.BFloat16Storage" => StoredType.BF16,
            "torch.DoubleStorage" => StoredType.F64,
            "torch.LongStorage" => StoredType.I64,
            "torch.IntStorage" => StoredType.I32,
            "torch.ShortStorage" => StoredType.I16,
            "torch.CharStorage" => StoredType.I8,
            "torch.ByteStorage" => StoredType.U8,
            "torch.BoolStorage" => StoredType.BOOL,
            _ => throw Damaged($"{name} has the element type {view.Storage.Type}"),
        };
        if (!_entries.TryGetValue($"{_folder}data/{view.Storage.Key}", out (long Offset, long Bytes) entry))
            throw Damaged($"the numbers of {name} are missing, or compressed");
        long room = entry.Bytes / StoredValues.Size(type);
        if (view.Shape.Length != view.Strides.Length || view.Shape.Any(d => d < 0) || view.Strides.Any(s => s < 0)
            || view.Offset < 0 || !Fits(view, room))
            throw Damaged($"{name} [{string.Join(", ", view.Shape)}] reaches beyond its {room:N0} numbers");
        if (!_tensors.TryAdd(name, new(name, type, view.Shape)))
            throw Damaged($"{name} stands in it twice");
        _views.Add(name, view);
    }

    /// <summary>Every element lies in the storage, and there are no more of them than numbers stored.</summary>
    private static bool Fits(PickleTensor view, long room)
    {
        Int128 last = view.Offset, count = 1;
        for (int i = 0; i < view.Shape.Length; i++)
        {
            last += (Int128)(view.Shape[i] - 1) * view.Strides[i];
            count *= view.Shape[i];
            if (count > room)
                return false;
        }
        return count == 0 || last < room;
    }

    /// <summary>A tensor's bytes, row by row: in place, or gathered when its strides are others.</summary>
    protected override ReadOnlySpan<byte> Bytes(StoredTensor tensor)
    {
        if (tensor.Count == 0)
            return [];
        PickleTensor view = _views[tensor.Name];
        ReadOnlySpan<byte> storage = Entry($"{_folder}data/{view.Storage.Key}");
        int size = StoredValues.Size(tensor.Type);
        if (IsContiguous(view))
            return storage.Slice(checked((int)view.Offset * size), checked((int)tensor.Count * size));
        byte[] gathered = new byte[checked(tensor.Count * size)];
        long[] index = new long[view.Shape.Length];
        long at = view.Offset;
        for (long i = 0; i < tensor.Count; i++)
        {
            storage.Slice(checked((int)(at * size)), size).CopyTo(gathered.AsSpan((int)(i * size)));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                at += view.Strides[d];
                if (++index[d] < view.Shape[d])
                    break;
                at -= index[d] * view.Strides[d];
                index[d] = 0;
            }
        }
        return gathered;
    }

    private static bool IsContiguous(PickleTensor view)
    {
        long expected = 1;
        for (int i = view.Shape.Length - 1; i >= 0; i--)
        {
            if (view.Shape[i] != 1 && view.Strides[i] != expected)
                return false;
            expected *= view.Shape[i];
        }
        return true;
    }

    private CirrusException Damaged(string why) =>
        new($"'{Mapped.Path}' is a damaged PyTorch checkpoint: {why}.", hint: "fetch the file again");
}
