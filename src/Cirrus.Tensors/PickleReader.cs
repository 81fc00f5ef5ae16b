using System.Buffers.Binary;
using System.Text;

namespace Cirrus.Tensors;

/// <summary>A name that a pickle asks to import. Nothing is ever imported or called.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>A module of a TorchScript archive, or a path: what it holds is data like any other.</summary>
internal sealed class PickleObject
{
    public object? State { get; set; }
}

/// <summary>A dict, in order.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A storage: numbers that lie in an entry of the archive.</summary>
internal sealed record PickleStorage(string Key, string Type, long Count);

/// <summary>A view of a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>Reads the pickles PyTorch writes, by lists of allowed opcodes and allowed names: data only, nothing is run.</summary>
/// <remarks>
/// An opcode makes at most one object and copies nothing long: what is allocated is bounded by the pickle's length.
/// </remarks>
internal ref struct PickleReader(ReadOnlySpan<byte> bytes, string path)
{
    /// <summary>PyTorch's own limit of a tensor's axes.</summary>
    private const int MostAxes = 64;

    private const int LongestName = 512;
    private static readonly object Mark = new();
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<int, object?> _memo = [];
    private int _at;

    /// <exception cref="CirrusException">It is no pickle of data, or damaged.</exception>
    public object? Read()
    {
        try
        {
            while (Step(Take(1)[0]))
            {
            }
            return _stack.Pop();
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new CirrusException($"The pickle in '{path}' is damaged at byte {_at:N0}: {e.Message}",
                hint: "fetch the file again", e);
        }
    }

    private bool Step(byte opcode)
    {
        switch ((char)opcode)
        {
            case '\x80': Take(1); break;                                                            // PROTO
            case '\x95': Take(8); break;                                                            // FRAME
            case '.': return false;                                                                 // STOP
            case '(': _stack.Push(Mark); break;                                                     // MARK
            case '0': _stack.Pop(); break;                                                          // POP
            case 'N': _stack.Push(null); break;                                                     // NONE
            case '\x88': _stack.Push(true); break;                                                  // NEWTRUE
            case '\x89': _stack.Push(false); break;                                                 // NEWFALSE
            case 'K': _stack.Push((long)Take(1)[0]); break;                                         // BININT1
            case 'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;   // BININT2
            case 'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;    // BININT
            case '\x8a': _stack.Push(Long(Take(Take(1)[0]))); break;                                // LONG1
            case 'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;            // BINFLOAT
            case 'X': _stack.Push(Text(Length())); break;                                           // BINUNICODE
            case '\x8c' or 'U': _stack.Push(Text(Take(1)[0])); break;                               // SHORT_BIN(UNICODE, STRING)
            case '}': _stack.Push(new PickleDict()); break;                                         // EMPTY_DICT
            case ']': _stack.Push(new List<object?>()); break;                                      // EMPTY_LIST
            case ')': _stack.Push(Array.Empty<object?>()); break;                                   // EMPTY_TUPLE
            case 't': _stack.Push(PopToMark()); break;                                              // TUPLE
            case '\x85': _stack.Push(Pop(1)); break;                                                // TUPLE1
            case '\x86': _stack.Push(Pop(2)); break;                                                // TUPLE2
            case '\x87': _stack.Push(Pop(3)); break;                                                // TUPLE3
            case 'a': Extend(Pop(1)); break;                                                        // APPEND
            case 'e': Extend(PopToMark()); break;                                                   // APPENDS
            case 's': SetItems(Pop(2)); break;                                                      // SETITEM
            case 'u': SetItems(PopToMark()); break;                                                 // SETITEMS
            case 'c': _stack.Push(Global(Line(), Line())); break;                                   // GLOBAL
            case '\x93': Global(Pop(2)); break;                                                     // STACK_GLOBAL
            case 'Q': _stack.Push(Storage(As<object?[]>(_stack.Pop()))); break;                     // BINPERSID
            case 'R' or '\x81': Call(Pop(2)); break;                                                // REDUCE, NEWOBJ
            case 'b': Build(_stack.Pop()); break;                                                   // BUILD
            case 'q': _memo[Take(1)[0]] = _stack.Peek(); break;                                     // BINPUT
            case 'r': _memo[Length()] = _stack.Peek(); break;                                       // LONG_BINPUT
            case '\x94': _memo[_memo.Count] = _stack.Peek(); break;                                 // MEMOIZE
            case 'h': _stack.Push(_memo[Take(1)[0]]); break;                                        // BINGET
            case 'j': _stack.Push(_memo[Length()]); break;                                          // LONG_BINGET
            default:
                throw new CirrusException($"'{path}' has the pickle opcode 0x{opcode:x2}, which Cirrus does not read.",
                    hint: "save the tensors alone: torch.save(model.state_dict(), file)");
        }
        return true;
    }

    private void Global(object?[] names) => _stack.Push(Global(As<string>(names[0]), As<string>(names[1])));

    private static PickleGlobal Global(string module, string name) => module.Length + name.Length <= LongestName
        ? new($"{module}.{name}")
        : throw new InvalidOperationException($"a name has more than {LongestName} letters");

    private void Extend(object?[] items) => As<List<object?>>(_stack.Peek()).AddRange(items);

    private void SetItems(object?[] pairs)
    {
        PickleDict dict = As<PickleDict>(_stack.Peek());
        if (pairs.Length % 2 != 0)
            throw new InvalidOperationException("a key has no value");
        for (int i = 0; i < pairs.Length; i += 2)
            dict.Items.Add((pairs[i], pairs[i + 1]));
    }

    /// <summary>What a call of an allowed name gives; any other name is refused, whatever it would have been.</summary>
    private void Call(object?[] call)
    {
        string name = As<PickleGlobal>(call[0]).Name;
        object?[] args = As<object?[]>(call[1]);
        _stack.Push(name switch
        {
            "torch._utils._rebuild_tensor_v2" => new PickleTensor(
                As<PickleStorage>(Item(args, 0)), Long(Item(args, 1)), Longs(Item(args, 2)), Longs(Item(args, 3))),
            "torch._utils._rebuild_parameter" => Item(args, 0),
            "collections.OrderedDict" => new PickleDict(),
            "torch.jit._pickle.restore_type_tag" or "torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_tensorlist"
                or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist" => Item(args, 0),
            _ when name.StartsWith("__torch__.", StringComparison.Ordinal)
            || name.StartsWith("pathlib.", StringComparison.Ordinal) => new PickleObject { State = args },
            _ => throw new CirrusException($"'{path}' asks to call {name}, which no tensor needs; it was not called.",
                hint: "a checkpoint from a stranger may be an attack; "
                    + "from a friend, have the tensors alone: torch.save(model.state_dict(), file)"),
        });
    }

    /// <summary>State of an object; that of a dict (PyTorch's _metadata) is of no use here.</summary>
    private void Build(object? state)
    {
        if (_stack.Peek() is PickleObject built)
            built.State = state;
    }

    private static PickleStorage Storage(object?[] id) => As<string>(Item(id, 0)) == "storage"
        ? new(As<string>(Item(id, 2)), As<PickleGlobal>(Item(id, 1)).Name, Long(Item(id, 4)))
        : throw new InvalidOperationException("a persistent id is no storage");

    private static long[] Longs(object? tuple)
    {
        object?[] items = As<object?[]>(tuple);
        return items.Length <= MostAxes ? [.. items.Select(Long)]
            : throw new InvalidOperationException($"a tensor has more than {MostAxes} axes");
    }

    private static object? Item(object?[] items, int i) =>
        i < items.Length ? items[i] : throw new InvalidOperationException("too few arguments");

    private static long Long(object? value) => value is long number ? number : throw Unexpected(value);

    private static T As<T>(object? value) where T : class => value as T ?? throw Unexpected(value);

    private static InvalidOperationException Unexpected(object? value) =>
        new($"{value?.GetType().Name ?? "nothing"} stands where it has no meaning");

    private object?[] PopToMark()
    {
        List<object?> items = [];
        for (object? item; (item = _stack.Pop()) != Mark;)
            items.Add(item);
        items.Reverse();
        return [.. items];
    }

    private object?[] Pop(int count)
    {
        object?[] items = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            items[i] = _stack.Pop();
        return items;
    }

    private static long Long(ReadOnlySpan<byte> little)
    {
        if (little.Length > 8)
            throw new OverflowException("a number has more than 64 bits");
        long value = little.Length > 0 && little[^1] >= 0x80 ? -1 : 0;
        for (int i = little.Length - 1; i >= 0; i--)
            value = (value << 8) | little[i];
        return value;
    }

    private int Length() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private string Text(int length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int end = _bytes[_at..].IndexOf((byte)'\n');
        string line = Text(end);
        Take(1);
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _at)
            throw new InvalidOperationException("it ends too early");
        _at += count;
        return _bytes.Slice(_at - count, count);
    }
}
