namespace Cirrus.Tensors;

/// <summary>What sort of trouble a <see cref="CirrusException"/> is: a server's status depends on it.</summary>
public enum ProblemKind
{
    Other,

    /// <summary>A gallery, picture, method or file that is asked for is not there.</summary>
    NotFound,

    /// <summary>A model, weights or a gallery that do not belong together.</summary>
    Mismatch,

    /// <summary>More bytes, pixels or numbers than are accepted.</summary>
    TooLarge,

    /// <summary>No picture, or a damaged one.</summary>
    Unreadable,

    /// <summary>Too many requests wait already; the same may be asked again a little later.</summary>
    Busy,

    /// <summary>Trained weights that a method needs are not there, damaged, or made with another CLIP.</summary>
    Weights,

    /// <summary>Another program that is asked, a database say, does not answer; it may again a little later.</summary>
    Silent,
}

/// <summary>Something a person can mend: a file, a checkpoint, a gallery, a device. Says what was found and wanted.</summary>
public sealed class CirrusException : Exception
{
    public CirrusException(string message, string hint, Exception? inner = null, ProblemKind kind = ProblemKind.Other)
        : base(message, inner) => (Hint, Kind) = (hint, kind);

    /// <summary>What to do about it, in one sentence.</summary>
    public string Hint { get; }

    public ProblemKind Kind { get; }
}
