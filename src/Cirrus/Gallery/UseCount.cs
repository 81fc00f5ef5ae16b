namespace Cirrus.Gallery;

/// <summary>Closes something with its last user: what runs when the owner closes it runs to its end, what comes after is told.</summary>
/// <param name="close">runs once, on the thread of whoever is last.</param>
internal sealed class UseCount(Action close)
{
    private int _users = 1, _ended;

    /// <summary>False when the owner has closed it.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(ref _ended) != 0)
            return false;
        for (int users = Volatile.Read(ref _users); users > 0;)
        {
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                return true;
            users = before;
        }
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            close();
    }

    /// <summary>The owner closes it; a second time nothing happens.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            Leave();
    }
}
