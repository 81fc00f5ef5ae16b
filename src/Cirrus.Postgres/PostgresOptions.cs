namespace Cirrus.Postgres;

/// <summary>How the database keeps unit rows.</summary>
public enum RowType
{
    /// <summary>f32, to the bit; pgvector indexes up to 2,000 numbers.</summary>
    Vector,

    /// <summary>f16: half the memory, about three decimal digits of every number; pgvector indexes up to 4,000.</summary>
    Halfvec,
}

/// <summary>How a gallery in PostgreSQL is made and searched.</summary>
public sealed record PostgresOptions
{
    /// <summary>The database's schema that holds the gallery: one gallery a schema. Small letters, digits and _.</summary>
    public string Schema { get; init; } = "cirrus";

    /// <summary>How rows are kept. Counts when the gallery is made; the database knows it from then on.</summary>
    public RowType Rows { get; init; } = RowType.Vector;

    /// <summary>Whether a new gallery gets an HNSW index. Without one every search reads every row and is exact.</summary>
    public bool Index { get; init; } = true;

    /// <summary>Search exactly, reading every row, also where there is an index.</summary>
    public bool Exact { get; init; }

    /// <summary>How long a shard may take for one answer before it counts as silent.</summary>
    public TimeSpan ShardTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Rows of a sample that is read once and kept in memory, so that answers can say what chance would score (<c>--cut auto</c>); 0: none.
    /// It is read anew when the gallery has grown or shrunk by a tenth.
    /// </summary>
    public int Sample { get; init; } = 1024;

    /// <summary>Rows a round trip when adding.</summary>
    public int Batch { get; init; } = 100;

    /// <summary>What makes the tables: the one place that knows the names of pgvector's types and indexes.</summary>
    internal Func<PostgresTables, IReadOnlyList<string>> Create { get; init; } = PostgresTables.Statements;
}
