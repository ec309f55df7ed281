// TODO (steps 5 and 6): a thread that samples the process and the machine once a second, for as long as the app lives.
// The lesson's README shows the calls of sysinfo.
//
// - A thread, and not a task: sysinfo reads files, which would hold up the runtime.
// - `System::refresh_cpu_usage` measures since the call before, so that the first one says nothing.
// - A process's `cpu_usage` is in percent of one core. The metric is a share of the whole machine.
// - `shop::sample_interval` is the pause between two samples.
// - `Arc::downgrade` lets the thread notice that the app is gone.
