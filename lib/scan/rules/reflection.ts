import { POLICY } from '../policy.js';
import { getattrOf, type SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, stringOf, textAt, textsAt, type PyNode } from '../tree.js';
import type { Rule } from './rule.js';

const dynamicCode: Rule = {
  id: 'dynamic_code',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description: 'No `exec`, `eval`, `compile` or `__import__`: neither called nor passed on.',
  remedy:
    'Write the code out. (`torch.compile`, `re.compile` and `model.eval()` are something else and pass.)',
  rejected: [
    'exec("x = 1")\n',
    'run = eval\n',
    'x = list(map(exec, []))\n',
    '@exec\ndef f():\n    return None\n',
    '__import__("math")\n',
    'if False:\n    compile = None\ncompile("1", "", "eval")\n',
    'def f(x: "exec(1)"):\n    return x\n',
    'import torch.utils.benchmark as b\n\nb.Timer("import os")\n',
  ],
  accepted: [
    'import re\nimport torch\n\nr = re.compile("eval")\nf = torch.compile(print)\n',
    'from torch import compile\n\nf = compile(print)\n',
    'def f(eval):\n    return eval\n',
    '"""Never calls exec or eval."""\nprint("exec(")\n',
    'def f(x: "list[int] | None") -> "torch.Tensor":\n    return x\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (POLICY.codePaths.has(path)) found(node, `${path} turns text into code.`);
    },
    on: {
      Constant: (node) => {
        const text = stringOf(node);
        if (text !== undefined && holdsCode(text) && isAnnotation(node))
          found(node, 'A string annotation is code, and some of torch and functools run it.');
      },
      keyword: (node) => {
        if (textAt(node, 'arg') === 'trust_remote_code' && nodeAt(node, 'value')?.fields['value'] === 'True')
          found(node, 'trust_remote_code=True runs code that comes with a model.');
      },
      Name: (node) => {
        const id = textAt(node, 'id') ?? '';
        if (node.fields['ctx'] === 'Load' && POLICY.codeBuiltins.has(id) && file.isBuiltin(node)) {
          found(node, `${id} turns text into code.`);
        }
      },
    },
  }),
};

/** A call, or the way to one; names, dots, brackets and bars are types. */
const holdsCode = (text: string): boolean =>
  /__|[\w\])]\s*\(|\b(lambda|exec|eval)\b/.test(text.normalize('NFKC'));

const isAnnotation = (node: PyNode): boolean => {
  for (let part: PyNode | null = node; part; part = part.parent) {
    const base = part.type === 'Subscript' ? nodeAt(part, 'value') : undefined;
    // Values, not types.
    const name = base && (textAt(base, 'id') ?? textAt(base, 'attr'));
    if (name === 'Literal' || name === 'Annotated') return false;
    if (part.role === 'annotation' || part.role === 'returns') return true;
  }
  return false;
};

const reflection: Rule = {
  id: 'reflection',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description:
    'No access to attributes, namespaces, files or memory that the text does not show. `getattr(x, "constant")` with a public name passes.',
  remedy: 'Name the attribute in the code: `x.name`, or `getattr(x, "name", default)` with a constant.',
  rejected: [
    'setattr(print, "x", 1)\n',
    'x = getattr(print, chr(97))\n',
    'x = getattr(print, "__globals__")\n',
    'x = getattr\n',
    'x = vars()\n',
    'with open("x") as f:\n    pass\n',
    'import string\n\nx = string.Formatter()\n',
    'from typing import get_type_hints\n',
    'A = type("A", (), {"__getattr__": print})\n',
    'x = "{0.__globals__}".format(print)\n',
  ],
  accepted: [
    'x = getattr(print, "name", None)\n',
    'NAMES = ("q", "k")\nx = [getattr(print, f"{name}_proj", None) for name in NAMES]\n',
    'x = "{0.shape} {1:.3f}".format(print, 1.0)\nA = type("A", (), {"size": 1})\n',
    'def forward(input, vars, dir):\n    return input + vars + dir\n',
    'x = hasattr(print, "name")\n',
    'class Files:\n    def open(self):\n        return self.open\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (POLICY.reflectivePaths.has(path)) found(node, `${path} reaches attributes by names that are data.`);
    },
    on: {
      Name: (node) => {
        const id = textAt(node, 'id') ?? '';
        if (node.fields['ctx'] !== 'Load' || !file.isBuiltin(node)) return;
        if (POLICY.reflectiveBuiltins.has(id)) found(node, `${id} reaches what the text does not show.`);
        if (POLICY.forbiddenNames.has(id)) found(node, `${id} leads into the interpreter.`);
        if (id === 'getattr') {
          const reason = getattrReason(node, file);
          if (reason !== undefined) found(node, reason);
        }
      },
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        const args = nodesAt(node, 'args');
        const isType = callee?.type === 'Name' && textAt(callee, 'id') === 'type' && file.isBuiltin(callee);
        if (isType && args.length === 3 && !isPlainNamespace(args[2]))
          found(node, 'A class is made with methods that the text does not show, or that change look-ups.');
        const field = callee && walkingField(callee, args[0], file);
        if (field !== undefined) found(node, `The format field ${field} walks to a private attribute.`);
      },
    },
  }),
};

/** Why a use of the builtin getattr is refused; undefined when it is the harmless form. */
const getattrReason = (name: PyNode, file: SourceFile): string | undefined => {
  const call = name.parent;
  const [, key] = (call && name.role === 'func' ? getattrOf(call) : undefined) ?? [];
  const names = file.values.stringsOf(key);
  if (!names) return 'getattr is used with a name that the text does not show.';
  const bad = names.find((attribute) => !isPublicName(attribute));
  return bad === undefined ? undefined : `getattr reads ${bad.slice(0, 40)}, which is not a public name.`;
};

/** Leading underscores are private; "__class__" and its kin are how one leaves the text. */
const isPublicName = (name: string): boolean =>
  !name.startsWith('_') && !isForbiddenAttribute(name) && /^\w+$/.test(name);

const isPlainNamespace = (namespace: PyNode | undefined): boolean =>
  namespace?.type === 'Dict' &&
  (namespace.fields['keys'] as readonly (PyNode | null)[]).every((key) => {
    const name = key ? stringOf(key) : undefined;
    return name !== undefined && !POLICY.hookMethods.has(name.normalize('NFKC'));
  });

/** `'{0.__globals__}'.format(x)`: the field of a format text that leaves what is public. */
const walkingField = (callee: PyNode, first: PyNode | undefined, file: SourceFile): string | undefined => {
  if (callee.type !== 'Attribute' || !['format', 'format_map'].includes(textAt(callee, 'attr') ?? ''))
    return undefined;
  const base = nodeAt(callee, 'value');
  const isClass = base?.type === 'Name' && textAt(base, 'id') === 'str';
  const texts = file.values.stringsOf(isClass ? first : base) ?? [];
  return texts
    .flatMap((text) => text.match(/\{[^{}]*/g) ?? [])
    .find((field) =>
      [...field.matchAll(/\.(\w+)/g)].some(([, name = '']) => /^[a-z_]/i.test(name) && !isPublicName(name)),
    );
};

const isForbiddenAttribute = (name: string): boolean => POLICY.forbiddenAttributes.has(name);

const attributes: Rule = {
  id: 'forbidden_attribute',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description: 'No dunder attributes that lead into the interpreter, and no walking of frames.',
  remedy: 'Use the ordinary interface of the object; `type(x).__name__` gives a class’s name.',
  rejected: [
    'x = print.__globals__\n',
    'x = ().__class__.__base__\n',
    'x = [].__class__.__name__\n',
    'def f(x):\n    x.__class__ = int\n',
    'def f(e):\n    return e.tb_frame.f_back\n',
    'match 1:\n    case object(__dict__=d):\n        pass\n',
    'object.__setattr__(print, "x", 1)\n',
  ],
  accepted: [
    'class A:\n    def __init__(self):\n        super().__init__()\n',
    'x = type(1).__name__\ny = (1).__class__\n',
    'x = "__globals__"\n',
    'class A:\n    def __init__(self, tb_writer, f_in):\n        self.tb_writer = tb_writer\n        self.f_in = f_in\n',
  ],
  visit: (_file, found) => ({
    on: {
      Attribute: (node) => {
        const attr = textAt(node, 'attr') ?? '';
        if (isForbiddenAttribute(attr)) found(node, `.${attr} leads into the interpreter.`);
        else if (attr === '__class__' && node.fields['ctx'] !== 'Load')
          found(node, 'An object’s class is changed.');
        else if (isDunder(attr) && nodeAt(node, 'value')?.fields['attr'] === '__class__') {
          found(node, `.__class__ may be read, but not led on to ${attr}.`);
        }
      },
      MatchClass: (node) => {
        const name = textsAt(node, 'kwd_attrs').find(
          (attr) => isForbiddenAttribute(attr) || attr === '__class__',
        );
        if (name !== undefined) found(node, `The pattern reads .${name}, which leads into the interpreter.`);
      },
    },
  }),
};

const isDunder = (name: string): boolean => /^__.+__$/.test(name);

const hooks: Rule = {
  id: 'access_hook',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description: 'No methods that change how attributes, classes or torch functions are looked up.',
  remedy: 'Use ordinary methods and properties; `torch.autograd.Function` for custom derivatives.',
  rejected: [
    'class A:\n    def __getattr__(self, name):\n        return name\n',
    'class A:\n    def __set__(self, obj, value):\n        pass\n',
    'class A:\n    __torch_function__ = None\n',
    'class A:\n    @classmethod\n    def __torch_dispatch__(cls, f, types, args=(), kwargs=None):\n        return f\n',
  ],
  accepted: [
    'class A:\n    def __init__(self):\n        self.x = 1\n\n    def __call__(self, x):\n        return x\n\n    def __len__(self):\n        return 1\n',
    'class A:\n    @property\n    def x(self):\n        return 1\n\n    def __post_init__(self):\n        pass\n',
  ],
  visit: (_file, found) => {
    const check = (field: string) => (node: PyNode) => {
      const name = textAt(node, field) ?? '';
      if (POLICY.hookMethods.has(name)) found(node, `${name} changes how Python looks things up.`);
    };
    return {
      on: {
        FunctionDef: check('name'),
        AsyncFunctionDef: check('name'),
        ClassDef: check('name'),
        alias: check('asname'),
        Name: (node) => (node.fields['ctx'] === 'Load' ? undefined : check('id')(node)),
      },
    };
  },
};

const wrapper: Rule = {
  id: 'wrapper_fields',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description:
    '`functools.update_wrapper` and `wraps` copy only what they copy by default, and only to things of the file’s own.',
  remedy: 'Leave `assigned` and `updated` out.',
  rejected: [
    'import functools\n\nfunctools.update_wrapper(print, len, assigned=("x",))\n',
    'from functools import wraps\n\nx = wraps(print, updated=())\n',
  ],
  accepted: [
    'import functools\n\nx = functools.wraps(print)\n',
    'import functools\n\nfunctools.update_wrapper(functools.partial(print), print)\n',
  ],
  visit: (file, found) => ({
    on: {
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        const paths = callee ? file.pathsOf(callee) : [];
        const inner = callee?.type === 'Call' ? nodeAt(callee, 'func') : undefined;
        const wrapping =
          paths.includes('functools.update_wrapper') ||
          (inner && file.pathsOf(inner).includes('functools.wraps'));
        const target = nodesAt(node, 'args')[0];
        if (wrapping && target && file.pathsOf(target).length > 0)
          found(node, 'It writes into something imported.');
        const limit = paths.includes('functools.update_wrapper')
          ? 2
          : paths.includes('functools.wraps')
            ? 1
            : null;
        if (limit === null) return;
        if (nodesAt(node, 'keywords').length > 0 || nodesAt(node, 'args').length > limit) {
          found(node, 'It copies attributes of the caller’s choice.');
        }
      },
    },
  }),
};

const evalMode: Rule = {
  id: 'eval_mode',
  severity: 'warn',
  section: 'Dynamic code and reflection',
  description: '`.eval()` puts a model into evaluation mode; training happens in train mode.',
  remedy: 'Leave the model in train mode, unless you know that it makes no difference.',
  rejected: ['def f(model):\n    model.eval()\n', 'def f(net):\n    return net.layers.eval()\n'],
  accepted: ['def f(model):\n    model.train()\n', 'def f(frame):\n    return frame.evaluate()\n'],
  visit: (_file, found) => ({
    on: {
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        if (callee?.type === 'Attribute' && textAt(callee, 'attr') === 'eval') {
          found(node, 'Dropout and the like are off in evaluation mode.');
        }
      },
    },
  }),
};

export const reflectionRules = [
  ...[dynamicCode, reflection, attributes, hooks, wrapper, evalMode],
] satisfies Rule[];
