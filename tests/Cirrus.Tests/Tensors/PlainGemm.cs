namespace Cirrus.Tests.Tensors;

/// <summary>The product as it is defined, in float64: what the packed one is held against.</summary>
internal static class PlainGemm
{
    /// <summary>op(A)[M, K]·op(B)[K, N] without anything before or after.</summary>
    public static double[] Multiply(float[] a, int lda, bool ta, float[] b, int ldb, bool tb, int m, int n, int k)
    {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int p = 0; p < k; p++)
            {
                double x = ta ? a[(p * lda) + i] : a[(i * lda) + p];
                for (int j = 0; j < n; j++)
                    c[(i * n) + j] += x * (tb ? b[(j * ldb) + p] : b[(p * ldb) + j]);
            }
        return c;
    }
}
