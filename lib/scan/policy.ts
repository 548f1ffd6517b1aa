/**
 * What the competition forbids, as data. Rules in `rules/` read it; changing a list changes no code. In lists of paths,
 * `*.name` is this name wherever it is imported from: packages import each other's functions.
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
    fileinput zipfile tarfile sqlite3 dbm webbrowser xmlrpc sysconfig tracemalloc
    _frozen_importlib _frozen_importlib_external _imp _pyio _sqlite3 _xxsubinterpreters _interpreters _posixshmem
    _multiprocessing _socket _ssl _asyncio _signal gzip bz2 lzma tokenize configparser mailbox filecmp rlcompleter
    netrc plistlib tty termios readline jinja2 yaml fsspec pkg_resources setuptools distutils pip
    joblib httpx aiohttp huggingface_hub crusades_evaluator`.split(/\s+/),
  ),
  /**
   * What forbidden modules, or parts of them, are called where allowed packages import them: read from the namespaces of
   * torch 2.11, transformers 5.23, numpy and the standard library.
   */
  forbiddenParts: new Set(
    `bltns _C _C_onnx _osp cpp_extension mock mp python_multiprocessing futures wintypes
    CDLL PyDLL byref string_at find_library Thread ThreadPoolExecutor ProcessPoolExecutor BrokenProcessPool
    ThreadingHTTPServer BaseHTTPRequestHandler Popen getstatusoutput Path PathLike NamedTemporaryFile TemporaryFile
    mkdtemp mkstemp gettempdir getenv _urandom urlopen gethostname import_module find_spec entry_points EntryPoint
    attrgetter methodcaller CodeType FunctionType CellType ModuleType FrameType currentframe getframeinfo
    extract_stack getattr_static _getattribute _pickler _unpickler _Pickler _Unpickler IOBase BufferedReader
    BufferedWriter BufferedIOBase _open`.split(/\s+/),
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
    'torch._inductor.cpp_builder',
    'torch._inductor.autotune_process',
    'torch.jit._serialization',
    'torch._dynamo.eval_frame.patch',
    'triton.backends',
    'transformers.testing_utils',
    'transformers.utils.hub',
    'sympy.sympify',
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
    'torch.futures',
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
    `torch.utils.benchmark.Timer torch.utils.benchmark.utils.timer.Timer *.CompilationUnit *.ForwardRef
    *._eval_type *.evaluate_forward_ref *._exec_with_source torch._utils._import_dotted_name torch._dynamo.trace_rules.load_object
    torch.storage._load_from_bytes torch._jit_internal.createResolutionCallbackFromFrame
    torch.fx.graph_module._forward_from_src numpy.testing.runstring numpy.testing.measure dataclasses._create_fn
    enum.Enum._convert_`.split(/\s+/),
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
  reflectivePaths: new Set(
    `*.get_type_hints *.make_dataclass *.global_enum string.Formatter torch.utils._pytree.key_get torch.fx.graph_module._get_attr
    torch.ao.ns.fx.utils.getattr_from_fqn torch._utils._set_obj_state copy._reconstruct typing._GenericAlias
    torch.fx._symbolic_trace._Patcher`.split(/\s+/),
  ),

  forbiddenAttributes: new Set(
    `__dict__ __builtins__ __globals__ __code__ __func__ __self__ __closure__ __subclasses__ __bases__ __base__
    __mro__ __init_subclass__ __getattribute__ __getattr__ __setattr__ __delattr__ __get__ __set__ __delete__
    __loader__ __spec__ __traceback__ __reduce__ __reduce_ex__ __build_class__ __import__ __wrapped__
    __torch_function__ __torch_dispatch__ __class_getitem__ __defaults__ __kwdefaults__ __value__
    __thisclass__ __dir__ __getstate__ __setstate__ mro
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
    __instancecheck__ __subclasscheck__ __subclasshook__ __reduce__ __reduce_ex__
    __array_interface__ __array_struct__ __cuda_array_interface__`.split(/\s+/),
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
    torch.backends.mkldnn.set_flags torch.backends.nnpack.set_flags triton.knobs.setenv
    transformers.enable_full_determinism transformers.trainer_utils.enable_full_determinism
    torch.backends.disable_global_flags torch.backends.__allow_nonbracketed_mutation`.split(/\s+/),
  ),
  /** Settings of torch's matrix products, whatever object has them. */
  backendSettings: new Set(
    `*.allow_tf32 *.allow_fp16_accumulation *.allow_fp16_reduced_precision_reduction
    *.allow_bf16_reduced_precision_reduction`.split(/\s+/),
  ),
  fileFunctions: new Set(
    `torch.load torch.save torch.jit.load torch.jit.save torch.export.load torch.export.save numpy.load numpy.save
    numpy.DataSource numpy.lib.npyio torch.ops.load_library torch.classes.load_library numpy.matlib.load
    numpy.fromregex contextlib.chdir warnings.formatwarning torch.distributed.FileStore *.from_file *.fromfile
    *.genfromtxt *.loadtxt *.memmap *.open_memmap *.savetxt *.savez *.savez_compressed
    *.load_cache_artifacts`.split(/\s+/),
  ),
  /** Methods that write files, whatever they are called on. */
  fileMethods: new Set(
    'tofile save_pretrained push_to_hub from_file export_chrome_trace export_stacks to_json_file from_json_file'.split(
      ' ',
    ),
  ),
  rngReaders: new Set(
    `*.initial_seed *.get_rng_state *.get_rng_state_all *.default_generator *.default_generators *.getstate
    *.get_state`.split(/\s+/),
  ),
  gradModes: new Set(['*.no_grad', '*.inference_mode', '*.set_grad_enabled']),

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
