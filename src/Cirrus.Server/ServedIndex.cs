using Cirrus.Gallery;

namespace Cirrus.Server;

/// <summary>A gallery that is no folder on this machine, as a database's: it is searched and never written by the server.</summary>
/// <param name="Name">for people; what addresses call it is made of it.</param>
/// <param name="Index">stays open when the server ends: it belongs to the caller.</param>
/// <param name="Pictures">the folder where its pictures lie on this machine; null: they do not, and no picture's bytes are given out.</param>
public sealed record ServedIndex(string Name, VectorIndex Index, string? Pictures = null);
