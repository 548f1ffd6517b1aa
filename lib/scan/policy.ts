/**
 * What the competition forbids, as data. Rules in `rules/` read it; changing a list changes no code.
 * Sources: the competition's rules on modules, reflection, torch settings and optimizer use.
 */
export const POLICY = {
  /** Recorded with every verdict. Raise it with every change of a list or a rule. */
  version: '8',

  maxBytes: 500_000,
  /**
   * CPython's tokenizer copies the rest of the file at each brace of a formatted string: 150,000 in 450 KB, with 34
   * billion characters behind them, took 27 s. 500 KB of honest programs have 324, with 81 million.
   */
  maxBehindBraces: 2_000_000_000,
  /** Python of the evaluator's image: newer syntax would fail there. */
  python: [3, 12],
  /** Everything beyond is left out of the report; the file is refused anyway. */
  maxFindings: 1000,

  /** Forbidden as imports, and wherever they appear as an attribute of something imported (`torch.os`). */
  forbiddenModules: new Set(
    `ctypes _ctypes gc subprocess sys os pathlib io _io socket http urllib requests shutil tempfile signal
    threading _thread multiprocessing concurrent asyncio inspect ast dis code codeop compileall pickle shelve
    marshal builtins _builtins importlib imp runpy linecache pkgutil atexit site zipimport traceback types
    codecs base64 pdb pprint logging unittest weakref operator faulthandler resource mmap fcntl pty select
    selectors ssl posix nt cffi dill cloudpickle socketserver ftplib smtplib`.split(/\s+/),
  ),
  /** Forbidden as imports only: others have parts of the same name, such as `torch.trace`. */
  forbiddenRoots: new Set(
    `_posixsubprocess posixpath ntpath timeit cProfile profile bdb trace doctest pydoc modulefinder glob
    fileinput zipfile tarfile sqlite3 dbm webbrowser xmlrpc sysconfig tracemalloc`.split(/\s+/),
  ),
  forbiddenPaths: new Set([
    'torch.utils.cpp_extension',
    'torch.utils.dlpack',
    'torch.multiprocessing',
    'torch.hub',
    'torch.serialization',
    'torch.package',
    'torch._C',
    'numpy.ctypeslib',
    // These run code, commands or compilers.
    'torch._inductor.codecache',
    'torch.utils.collect_env',
    'torch.testing._internal',
    'transformers.dynamic_module_utils',
    'triton.runtime.build',
    'numpy.f2py',
    // How the standard library copies and pickles.
    'copy.copyreg',
  ]),
  /** Parts of allowed packages that share a name with a forbidden module without being it. */
  namesakes: new Set([
    'torch.signal',
    'torch.types',
    'torch.select',
    'numpy.select',
    // The namespace of torch's operators holds no modules.
    'torch.ops.aten.select',
    'torch.Tensor.select',
    'torch.Tensor.resource',
    'torch.fx.traceback',
    'transformers.logging',
    'transformers.utils.logging',
  ]),
  /** Any other module draws a warning. */
  allowedModules: new Set(
    `torch triton einops transformers numpy math dataclasses typing collections itertools functools contextlib
    enum abc copy warnings random time re string numbers statistics bisect heapq __future__`.split(/\s+/),
  ),

  /** Builtins that turn text into code. */
  codeBuiltins: new Set(['exec', 'eval', 'compile', '__import__']),
  /** Library functions that do it, too. */
  codePaths: new Set(
    `torch.utils.benchmark.Timer torch.jit.CompilationUnit torch.fx.graph_module._exec_with_source
    typing.ForwardRef typing._eval_type typing.evaluate_forward_ref`.split(/\s+/),
  ),
  /** Builtins that reach attributes, namespaces, memory or files behind the text's back. */
  reflectiveBuiltins: new Set([
    'setattr',
    'delattr',
    'vars',
    'dir',
    'globals',
    'locals',
    'memoryview',
    'open',
    'input',
    'breakpoint',
  ]),
  /** Library functions that do the same. */
  reflectivePaths: new Set([
    'string.Formatter',
    'typing.get_type_hints',
    'dataclasses.make_dataclass',
    'enum.global_enum',
  ]),

  forbiddenAttributes: new Set(
    `__dict__ __builtins__ __globals__ __code__ __func__ __self__ __closure__ __subclasses__ __bases__ __base__
    __mro__ __init_subclass__ __getattribute__ __getattr__ __setattr__ __delattr__ __get__ __set__ __delete__
    __loader__ __spec__ __traceback__ __reduce__ __reduce_ex__ __build_class__ __import__ __wrapped__
    __torch_function__ __torch_dispatch__ __class_getitem__ __defaults__ __kwdefaults__ __value__
    tb_frame tb_next tb_lasti tb_lineno
    f_back f_builtins f_code f_generator f_globals f_lasti f_lineno f_locals f_trace f_trace_lines
    f_trace_opcodes
    gi_code gi_frame gi_running gi_suspended gi_yieldfrom
    cr_await cr_code cr_frame cr_origin cr_running cr_suspended
    ag_await ag_code ag_frame ag_running ag_suspended
    co_argcount co_posonlyargcount co_kwonlyargcount co_nlocals co_stacksize co_flags co_code co_consts co_names
    co_varnames co_freevars co_cellvars co_filename co_name co_qualname co_firstlineno co_lnotab co_linetable
    co_exceptiontable co_lines co_positions co_branches co_replace`.split(/\s+/),
  ),
  /** Methods that change how attributes, classes or torch functions are looked up. */
  hookMethods: new Set(
    `__torch_function__ __torch_dispatch__ __getattr__ __getattribute__ __setattr__ __delattr__ __get__
    __set__ __delete__ __set_name__ __init_subclass__ __class_getitem__ __prepare__ __mro_entries__
    __instancecheck__ __subclasscheck__ __subclasshook__ __reduce__ __reduce_ex__`.split(/\s+/),
  ),
  forbiddenNames: new Set(['__builtins__', '__loader__', '__spec__', '__build_class__', '__import__']),

  /** Names through which a run is timed; binding one of another's object is refused. */
  clockNames: new Set(
    `elapsed_time record synchronize perf_counter perf_counter_ns monotonic monotonic_ns process_time
    process_time_ns time_ns wait_stream wait_event`.split(/\s+/),
  ),

  /** Operators of torch: nobody defines other kernels for them. */
  operatorNamespaces: new Set(['aten', 'prims', 'prim', '_c10d_functional', 'c10d', 'inductor']),

  /** Settings below these may be written. */
  configurable: ['torch._dynamo.config', 'torch._inductor.config'],
  backendSetters: new Set(
    `torch.set_float32_matmul_precision torch.use_deterministic_algorithms torch.set_deterministic_debug_mode
    torch.set_default_dtype torch.set_default_device torch.set_default_tensor_type torch.set_num_threads
    torch.set_num_interop_threads torch.set_flush_denormal
    torch.backends.cuda.enable_flash_sdp torch.backends.cuda.enable_mem_efficient_sdp
    torch.backends.cuda.enable_math_sdp torch.backends.cuda.enable_cudnn_sdp
    torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp torch.backends.cuda.preferred_blas_library
    torch.backends.cuda.preferred_linalg_library torch.backends.cudnn.flags torch.backends.cudnn.set_flags
    torch.backends.disable_global_flags torch.backends.__allow_nonbracketed_mutation`.split(/\s+/),
  ),
  fileFunctions: new Set(
    `torch.load torch.save torch.from_file torch.jit.load torch.jit.save torch.export.load torch.export.save
    numpy.load numpy.save numpy.savez numpy.savez_compressed numpy.savetxt numpy.fromfile numpy.memmap
    numpy.genfromtxt numpy.loadtxt numpy.DataSource numpy.lib.format.open_memmap numpy.lib.npyio
    torch.UntypedStorage.from_file torch.TypedStorage.from_file torch.ops.load_library
    torch.classes.load_library torch.compiler.load_cache_artifacts`.split(/\s+/),
  ),
  /** Methods that write files, whatever they are called on. */
  fileMethods: new Set(['tofile', 'save_pretrained', 'push_to_hub']),
  rngReaders: new Set(
    `torch.initial_seed torch.get_rng_state torch.random.initial_seed torch.random.get_rng_state
    torch.cuda.initial_seed torch.cuda.get_rng_state torch.cuda.get_rng_state_all torch.cuda.random.get_rng_state
    torch.default_generator torch.random.default_generator
    torch.cuda.default_generators numpy.random.get_state random.getstate`.split(/\s+/),
  ),
  gradModes: new Set([
    'torch.no_grad',
    'torch.inference_mode',
    'torch.set_grad_enabled',
    'torch.autograd.no_grad',
    'torch.autograd.set_grad_mode',
  ]),

  optimizerUses: new Set(['step', 'zero_grad', 'param_groups']),
  /**
   * What else the evaluator's optimizer has, or torch looks for in it, besides names with two underscores: `dir()` of
   * torch 2.11's AdamW, what its step and its schedules ask for by `getattr`, and what wrappers call the wrapped one.
   * Under any other name nothing can be read of it, and nothing that is written counts.
   */
  optimizerInternals: new Set(
    `state defaults state_dict load_state_dict add_param_group profile_hook_step OptimizerPreHook OptimizerPostHook
    register_step_pre_hook register_step_post_hook register_state_dict_pre_hook register_state_dict_post_hook
    register_load_state_dict_pre_hook register_load_state_dict_post_hook grad_scale found_inf
    _accelerator_graph_capture_health_check _cuda_graph_capture_health_check _group_tensors_by_device_and_dtype
    _init_group _set_capturable _need_device_dtype_check_for_fused _step_supports_amp_scaling
    _optimizer_load_state_dict_pre_hooks _optimizer_load_state_dict_post_hooks
    _optimizer_state_dict_pre_hooks _optimizer_state_dict_post_hooks
    _optimizer_step_pre_hooks _optimizer_step_post_hooks _optimizer_step_code _patch_step_function
    _process_value_according_to_param_policy _warned_capturable_if_run_uncaptured _zero_grad_profile_name
    _opt_called _step_count optimizer _opt_impl`.split(/\s+/),
  ),
  /** Optimizers and schedules outside torch.optim. */
  otherOptimizers: ['torch.optim.', 'torch.distributed.optim.', 'transformers.optimization.'],
  transformersOptimizers: /^transformers\.(Adafactor|AdamW|get_\w*schedule\w*)$/,
  /** Entries of a parameter group that choose an implementation of the same step; writing them is allowed. */
  optimizerStrategies: new Set(['foreach', 'fused', 'capturable']),
  /** What models call the list of their blocks. */
  layerLists: new Set(['layers', 'h', 'blocks']),
} as const;
