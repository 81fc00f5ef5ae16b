namespace Cirrus.Tensors;

/// <summary>Something a person can mend: a file, a checkpoint, a gallery, a device. Says what was found and wanted.</summary>
public sealed class CirrusException : Exception
{
    public CirrusException(string message, string hint, Exception? inner = null) : base(message, inner) => Hint = hint;

    /// <summary>What to do about it, in one sentence.</summary>
    public string Hint { get; }
}
