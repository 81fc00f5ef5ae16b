using Cirrus.Tensors.Conformance;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>The table of all devices on cuda:0, emulated: threads and blocks in several orders, so that a missing barrier shows.</summary>
[Trait("Category", "Slow")]
public sealed class CudaConformanceTests
{
    // 0 is the order of their numbers; others are drawn.
    private static readonly ulong[] Seeds = [0, 1, 2];

    public static TheoryData<string> Operations => [.. ConformanceTable.Cases.Select(c => c.Operation).Distinct()];

    [Theory, MemberData(nameof(Operations))]
    public void Operation_is_within_its_allowance(string operation)
    {
        using CudaDevice device = EmulatedCuda.Open();
        foreach (ulong seed in Seeds)
        {
            EmulatedCuda.SetSeed(seed);
            foreach (ConformanceCase one in ConformanceTable.For(device).Where(c => c.Operation == operation))
            {
                ConformanceResult result = one.Run(device);
                Assert.True(result.Passed, $"{one}, order {seed}: error {result.Error:G3}, allowed {one.Allowed:G3} ({one.Reason})");
            }
        }
    }
}
