namespace Cirrus.Tensors.Cuda;

/// <summary>Codes of the driver that are told apart, and what is said of the others.</summary>
internal static class CudaError
{
    public const int OutOfMemory = 2;
    public const int NoDevice = 100;
    private const int NoBinaryForGpu = 209, LaunchOutOfResources = 701, UnsupportedVersion = 222;

    public static CirrusException Of(int code, string call, string name, string text) => new($"CUDA's {call} failed: {name} ({text}).", code switch
    {
        OutOfMemory => "another program holds the GPU's memory: see nvidia-smi, or use --device cpu",
        NoBinaryForGpu or UnsupportedVersion => "NVRTC is newer than the driver: install a newer driver or an older CUDA toolkit",
        LaunchOutOfResources => "this GPU has too little shared memory for the sizes of this model: use --device cpu",
        _ =>
            "the GPU's work cannot go on in this process: start again; if it comes back, run cirrus selftest --device cuda:0 and report what it says",
    });
}
