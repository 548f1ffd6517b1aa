import { POLICY } from '../policy.js';
import type { SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';
import { isListed, namedArguments, textsOf } from './callees.js';
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
  visit: (file, found) => {
    const types = typesIn(file);
    const checkAnnotation = (node: PyNode) => {
      if (types.has(node) && textsWithin(node, file).some(holdsCode))
        found(node, 'A string annotation is code, and some of torch and functools run it.');
    };
    return {
      path: (path, node) => {
        if (isListed(path, POLICY.codePaths)) found(node, `${path} turns text into code.`);
      },
      on: {
        ...Object.fromEntries(MAY_BE_TEXT.map((type) => [type, checkAnnotation])),
        ...namedArguments('trust_remote_code', 'True', file, (node) =>
          found(node, 'trust_remote_code=True runs code that comes with a model.'),
        ),
        Name: (node) => {
          const id = textAt(node, 'id') ?? '';
          if (node.fields['ctx'] === 'Load' && POLICY.codeBuiltins.has(id) && file.isBuiltin(node)) {
            found(node, `${id} turns text into code.`);
          }
          checkAnnotation(node);
        },
      },
    };
  },
};

/** `Literal["x"]` and `Annotated[int, "x"]` hold values, not types. */
const holdsValues = (node: PyNode, file: SourceFile): boolean => {
  const base = node.type === 'Subscript' ? nodeAt(node, 'value') : undefined;
  if (!base) return false;
  const names = [textAt(base, 'id') ?? textAt(base, 'attr') ?? '', ...file.pathsOf(base)];
  return names.some((name) => /(^|\.)(Literal|Annotated)$/.test(name));
};

/** Texts that an annotation is, or holds in brackets, each place looked at once: they may lead to each other. */
const textsWithin = (annotation: PyNode, file: SourceFile): readonly string[] => {
  const places = new Set([annotation]);
  const texts = new Set<string>();
  for (const place of places) {
    for (const held of file.values.origins(place)) {
      if (holdsValues(held, file)) continue;
      const inBrackets = held.type === 'Subscript' ? [nodeAt(held, 'slice')] : nodesAt(held, 'elts');
      for (const part of inBrackets) if (part) places.add(part);
      if (held.type !== 'Subscript') for (const text of textsOf(held, file)) texts.add(text);
    }
  }
  return [...texts];
};

/** Expressions that may be a text by themselves; their parts are looked at as well. */
const MAY_BE_TEXT = 'Constant JoinedStr BinOp Attribute Subscript Call'.split(' ');

/** A call, or the way to one; names, dots, brackets and bars are types. */
const holdsCode = (text: string): boolean =>
  /__|[\w\])]\s*\(|\b(lambda|exec|eval)\b/.test(text.normalize('NFKC'));

/**
 * What annotations hold as types. Asked from above, each node once: a way up from each would take a chain of calls as
 * deep as the parser allows the square of its depth.
 */
const typesIn = (file: SourceFile): ReadonlySet<PyNode> => {
  const types = new Set<PyNode>();
  for (const node of file.nodes) {
    const isWithin = node.role === 'annotation' || node.role === 'returns' || types.has(node.parent!);
    if (isWithin && !holdsValues(node, file)) types.add(node);
  }
  return types;
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

export const dynamicCodeRules = [dynamicCode, evalMode] satisfies Rule[];
