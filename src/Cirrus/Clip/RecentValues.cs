using System.Diagnostics.CodeAnalysis;

namespace Cirrus.Clip;

/// <summary>The values used last, so many at most. Thread-safe; a value must not change once it is here.</summary>
internal sealed class RecentValues<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(TKey Key, TValue Value)> _order = [];
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _places = [];

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate)
        {
            if (!_places.TryGetValue(key, out LinkedListNode<(TKey Key, TValue Value)>? node))
            {
                value = default;
                return false;
            }
            _order.Remove(node);
            _order.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    public void Keep(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_places.Remove(key, out LinkedListNode<(TKey Key, TValue Value)>? old))
                _order.Remove(old);
            else if (_places.Count == capacity)
            {
                _places.Remove(_order.Last!.Value.Key);
                _order.RemoveLast();
            }
            _places.Add(key, _order.AddFirst((key, value)));
        }
    }
}
