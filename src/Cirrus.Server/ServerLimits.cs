namespace Cirrus.Server;

/// <summary>What a request may ask for, and how much is kept.</summary>
public sealed class ServerLimits
{
    /// <summary>Of one picture, as sent.</summary>
    public int PictureMegabytes { get; set; } = 20;

    /// <summary>Of one picture's pixels, in millions; checked in its header.</summary>
    public double Megapixels { get; set; } = 100;

    /// <summary>Of a whole request; a picture of 20 MB has 27 in base64.</summary>
    public int BodyMegabytes { get; set; } = 32;

    /// <summary>Of all large bodies that are being read and answered at a time; above that it is 429.</summary>
    public int BodiesMegabytes { get; set; } = 512;

    /// <summary>Pictures in one query.</summary>
    public int Images { get; set; } = 8;

    /// <summary>Results at a time.</summary>
    public int Top { get; set; } = 1000;

    /// <summary>Characters of one text.</summary>
    public int TextLength { get; set; } = 2000;

    /// <summary>Terms to add, and as many to push away.</summary>
    public int Terms { get; set; } = 16;

    /// <summary>Texts, pictures or queries in one call of /v1/embeddings.</summary>
    public int Embeddings { get; set; } = 256;

    /// <summary>What a call may really have: more than may wait would never be encoded.</summary>
    internal int EmbeddingsAtOnce => Math.Min(Embeddings, Queue);

    /// <summary>Pieces of work that may wait for the model; above that it is 429.</summary>
    public int Queue { get; set; } = 256;

    /// <summary>Queries that are kept for paging and other filters.</summary>
    public int Queries { get; set; } = 1000;

    /// <summary>Minutes that a query is kept after its last use.</summary>
    public int QueryMinutes { get; set; } = 30;

    /// <summary>Memory for pictures that were handed over, in megabytes.</summary>
    public int SessionMegabytes { get; set; } = 64;

    /// <summary>Memory for thumbnails, in megabytes.</summary>
    public int ThumbnailMegabytes { get; set; } = 64;

    /// <summary>Requests a minute of one address; 0: as many as it likes.</summary>
    public int RequestsPerMinute { get; set; }
}
