import { POLICY } from '../policy.js';
import { nodeAt, nodesAt, stringOf, textAt, textsAt, type PyNode } from '../tree.js';
import type { Rule } from './rule.js';
import { bindersOf } from './structure.js';

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
    'from enum import __builtins__ as b\n',
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
      alias: (node) => {
        const name = textAt(node, 'name') ?? '';
        if (isForbiddenAttribute(name) || POLICY.forbiddenNames.has(name))
          found(node, `${name} of a module leads into the interpreter.`);
      },
      MatchClass: (node) => {
        if (textsAt(node, 'kwd_attrs').includes('__class__'))
          found(node, 'The pattern goes on from .__class__, which leads into the interpreter.');
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
    'class A:\n    __match_args__ = ("__self__",)\n',
    'class A:\n    __array_interface__ = {}\n',
    'class A:\n    @classmethod\n    def __torch_dispatch__(cls, f, types, args=(), kwargs=None):\n        return f\n',
  ],
  accepted: [
    'class A:\n    def __init__(self):\n        self.x = 1\n\n    def __call__(self, x):\n        return x\n\n    def __len__(self):\n        return 1\n',
    'class A:\n    __match_args__ = ("x", "y")\n',
    'class A:\n    @property\n    def x(self):\n        return 1\n\n    def __post_init__(self):\n        pass\n',
  ],
  visit: (_file, found) => {
    const checkPatterns = (node: PyNode) => {
      const names = node.parent?.type === 'Assign' ? nodeAt(node.parent, 'value') : undefined;
      const isPlain = node.type === 'Name' && names && PLAIN.has(names.type);
      if (!isPlain || !nodesAt(names, 'elts').every(isPublicText))
        found(node, 'Patterns of this class read attributes that no constant names.');
    };
    const check = (field: string) => (node: PyNode) => {
      const name = textAt(node, field) ?? '';
      if (POLICY.hookMethods.has(name)) found(node, `${name} changes how Python looks things up.`);
      if (name === PATTERNS) checkPatterns(node);
    };
    return {
      on: {
        ...bindersOf(check),
        Name: (node) => {
          if (node.fields['ctx'] === 'Load') return;
          check('id')(node);
        },
        Attribute: (node) => {
          if (node.fields['ctx'] !== 'Load' && textAt(node, 'attr') === PATTERNS) checkPatterns(node);
        },
      },
    };
  },
};

/** Names the attributes that patterns read by position. */
const PATTERNS = '__match_args__';
const PLAIN = new Set(['Tuple', 'List']);
const isPublicText = (node: PyNode): boolean => {
  const name = stringOf(node);
  return name !== undefined && !name.startsWith('_') && !isForbiddenAttribute(name);
};

export const isForbiddenAttribute = (name: string): boolean => POLICY.forbiddenAttributes.has(name);

export const attributeRules = [attributes, hooks] satisfies Rule[];
