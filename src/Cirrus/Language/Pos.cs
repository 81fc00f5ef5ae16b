namespace Cirrus.Language;

/// <summary>The universal parts of speech (universaldependencies.org/u/pos), in the order of their numbers in tagger files.</summary>
public enum Pos
{
    Adj,
    Adp,
    Adv,
    Aux,
    Cconj,
    Det,
    Intj,
    Noun,
    Num,
    Part,
    Pron,
    Propn,
    Punct,
    Sconj,
    Sym,
    Verb,
    X,
}
