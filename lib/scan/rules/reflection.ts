import { POLICY } from '../policy.js';
import { getattrOf, type SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';
import { isForbiddenAttribute } from './attributes.js';
import { isCallOf, isListed, textsOf } from './callees.js';
import { isGiven } from './given.js';
import type { Rule } from './rule.js';

const reflection: Rule = {
  id: 'reflection',
  severity: 'reject',
  section: 'Dynamic code and reflection',
  description:
    'No access to attributes, namespaces, files or memory that the text does not show. `getattr(x, "constant")` with a public name passes.',
  remedy:
    'Name the attribute in the code: `x.name`, or `getattr(x, "name", default)` with a constant, or with a name that only takes constants; write a class out.',
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
      if (isListed(path, POLICY.reflectivePaths))
        found(node, `${path} reaches attributes by names that are data.`);
    },
    on: {
      Name: (node) => {
        const id = textAt(node, 'id') ?? '';
        if (node.fields['ctx'] !== 'Load' || !LEADING_ON.has(id) || !file.isBuiltin(node)) return;
        if (POLICY.reflectiveBuiltins.has(id)) found(node, `${id} reaches what the text does not show.`);
        if (POLICY.forbiddenNames.has(id)) found(node, `${id} leads into the interpreter.`);
        if (id === 'getattr') {
          const reason = getattrReason(node, file);
          if (reason !== undefined) found(node, reason);
        }
      },
      Call: (node) => {
        const args = nodesAt(node, 'args');
        const makesClass = args.length === 3 || args.some(({ type }) => type === 'Starred');
        if (makesClass && !isPlainNamespace(args[2]) && isCallOf(node, ['type'], file))
          found(node, 'A class is made with methods that the text does not show, or that change look-ups.');
        const [first] = file.values.positionalsOf(node);
        const field = file.values
          .calleesOf(node)
          .map((callee) => walkingField(callee, first, file))
          .find((held) => held !== undefined);
        if (field !== undefined) found(node, `The format field ${field}} walks to a private attribute.`);
      },
    },
  }),
};

/** What the rule asks of: whether a name is the builtin is asked of these only. */
const LEADING_ON = new Set([...POLICY.reflectiveBuiltins, ...POLICY.forbiddenNames, 'getattr']);

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
  const isClass =
    base !== undefined && file.values.origins(base).some((held) => textAt(held, 'id') === 'str');
  const texts = textsOf(isClass ? first : base, file);
  return texts
    .flatMap((text) => text.match(/\{[^{}]*/g) ?? [])
    .find((field) =>
      [...field.matchAll(/\.(\w+)/g)].some(([, name = '']) => /^[a-z_]/i.test(name) && !isPublicName(name)),
    );
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
    'from functools import wraps\n\nx = list(map(wraps(print), [len]))\n',
    'from functools import update_wrapper\n\n\ndef f(optimizer):\n    update_wrapper(optimizer, print)\n',
  ],
  accepted: [
    'import functools\n\nx = functools.wraps(print)\n',
    'import functools\n\nfunctools.update_wrapper(functools.partial(print), print)\n',
  ],
  visit: (file, found) => ({
    on: !file.nodes.some(isCopierNamed)
      ? {}
      : {
          Call: (node) => {
            if (handsOn(node, file)) found(node, 'What it writes into is not seen here.');
            const callee = nodeAt(node, 'func');
            const paths = callee ? file.pathsOf(callee) : [];
            const wrapping =
              paths.includes('functools.update_wrapper') || file.values.mayBe(callee, isCallOfWraps);
            const [target] = file.values.positionalsOf(node);
            if (wrapping && target && file.pathsOf(target).length > 0)
              found(node, 'It writes into something imported.');
            else if (wrapping && file.values.comesFrom(target, isGiven))
              found(node, 'It writes into something that is given.');
            const limit = paths.includes('functools.update_wrapper')
              ? 2
              : paths.includes('functools.wraps')
                ? 1
                : null;
            if (limit === null) return;
            if (nodesAt(node, 'keywords').length > 0 || file.values.positionalsOf(node).length > limit) {
              found(node, 'It copies attributes of the caller’s choice.');
            }
          },
        },
  }),
};

/** `map(wraps(f), things)`. */
const handsOn = (call: PyNode, file: SourceFile): boolean =>
  [...file.values.positionalsOf(call), ...file.values.keywordsOf(call).map(({ value }) => value)].some(
    (given) =>
      file.values.mayBe(given, isCallOfWraps) || file.pathsOf(given).some((path) => COPIERS.has(path)),
  );
const COPIERS = new Set(['functools.update_wrapper', 'functools.wraps']);
const isCopierNamed = ({ fields }: PyNode): boolean =>
  ['update_wrapper', 'wraps'].some((name) => fields['attr'] === name || fields['name'] === name);

const isCallOfWraps = (node: PyNode, file: SourceFile): boolean => {
  const callee = node.type === 'Call' ? nodeAt(node, 'func') : undefined;
  return callee !== undefined && file.pathsOf(callee).includes('functools.wraps');
};

export const reflectionRules = [reflection, wrapper] satisfies Rule[];
