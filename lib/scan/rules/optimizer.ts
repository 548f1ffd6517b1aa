import { POLICY } from '../policy.js';
import type { SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';
import { objectOfClass, textsOf } from './callees.js';
import { CHANGING_METHODS, isNamed, whence } from './given.js';
import type { Rule } from './rule.js';

const STEP = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n';

const optimizerUse: Rule = {
  id: 'optimizer_internals',
  severity: 'reject',
  section: 'Training',
  description:
    'The optimizer is used through `step`, `zero_grad` and by reading `param_groups`; of a group only the choice of implementation (`foreach`, `fused`, `capturable`) may be written. Names that no optimizer has are not looked at.',
  remedy:
    'Call optimizer.step() and optimizer.zero_grad(); leave state, wrappers and hyperparameters alone. `group["fused"] = True` is allowed, and so are `foreach` and `capturable`. What merely shares a helper or a container with the optimizer needs one of its own.',
  rejected: [
    `${STEP}    optimizer.state.clear()\n`,
    `${STEP}    optimizer.step = print\n`,
    `${STEP}    optimizer.optimizer.step()\n`,
    'def f(x):\n    return x._opt_impl\n',
    `${STEP}    optimizer.param_groups[0]["lr"] = 1.0\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group["lr"] *= 2\n`,
    `${STEP}    optimizer.param_groups = []\n`,
    `${STEP}    group = optimizer.param_groups[0]\n    group["lr"] = 1.0\n`,
    `${STEP}    optimizer.param_groups[0].update(lr=1.0)\n`,
    `${STEP}    optimizer.param_groups[0].update({"fused": True, **{"lr": 1.0}})\n`,
    `${STEP}    o = optimizer\n    o.state.clear()\n`,
  ],
  accepted: [
    `${STEP}    optimizer.zero_grad(set_to_none=True)\n    optimizer.step()\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group["foreach"] = True\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group.update(fused=True)\n        group |= {"foreach": False}\n`,
    `${STEP}    lr = optimizer.param_groups[0]["lr"]\n    return lr\n`,
    'class Loop:\n    def __init__(self, optimizer):\n        self.optimizer = optimizer\n',
    'def tune(config):\n    config.optimizer.fused = True\n',
  ],
  visit: (file, found) => {
    const groups = (node: PyNode | undefined): boolean => leadsToGroups(node, file);
    const fromGroups = (node: PyNode | undefined): string => whence(node, isGroups, file, true);
    return {
      on: {
        Attribute: (node) => {
          const attr = textAt(node, 'attr') ?? '';
          const base = nodeAt(node, 'value');
          const stored = node.fields['ctx'] !== 'Load';
          if (!base) return;
          if ((CHANGING_METHODS.has(attr) || attr === '__init__') && groups(base)) {
            if (!choosesStrategy(node, file))
              found(node, `${attr} changes the parameter groups of the optimizer.${fromGroups(base)}`);
          } else if (isInternal(attr, stored) && isOptimizer(base, file)) {
            const from = whence(base, isOptimizerItself, file);
            found(node, `${attr} of the optimizer is ${stored ? 'changed' : 'used'}.${from}`);
          } else if (attr === '_opt_impl') {
            found(node, `${attr} reaches behind the optimizer that is given.`);
          } else if (isInPlace(node) && isOfHyperparameters(base, file) && groups(base)) {
            found(node, `${attr} changes a hyperparameter of the optimizer.`);
          }
        },
        Subscript: (node) => {
          const strategy = file.values
            .stringsOf(nodeAt(node, 'slice'))
            ?.every((key) => POLICY.optimizerStrategies.has(key));
          const base = nodeAt(node, 'value');
          if (node.fields['ctx'] !== 'Load' && !strategy && groups(base))
            found(node, `A parameter group of the optimizer is changed.${fromGroups(base)}`);
        },
        AugAssign: (node) => {
          const target = nodeAt(node, 'target');
          const merges = node.fields['op'] === 'BitOr' || node.fields['op'] === 'Add';
          const value = nodeAt(node, 'value');
          if (target?.type !== 'Name' || !merges || (value && holdsStrategies(value))) return;
          if (isGroup(target, file)) found(node, 'A parameter group of the optimizer is changed.');
        },
        Call: (node) => {
          if (changesFirst(node, file) && groups(file.values.positionalsOf(node)[0]))
            found(node, 'A parameter group of the optimizer is changed.');
        },
      },
    };
  },
};

const isInternal = (name: string, stored: boolean): boolean =>
  POLICY.optimizerInternals.has(name) || /^__.*__$/.test(name) || (stored && POLICY.optimizerUses.has(name));

/** `group.update(fused=True)` and `group.setdefault("foreach", False)`. */
const choosesStrategy = (method: PyNode, file: SourceFile): boolean => {
  const call = method.role === 'func' ? method.parent : null;
  if (!call) return false;
  const [first] = nodesAt(call, 'args');
  if (textAt(method, 'attr') === 'setdefault') return areStrategies(file.values.stringsOf(first));
  if (textAt(method, 'attr') !== 'update') return false;
  const named = nodesAt(call, 'keywords').map((keyword) => textAt(keyword, 'arg'));
  return areStrategies(named) && nodesAt(call, 'args').every(holdsStrategies);
};
/** `{"fused": True}`. */
const holdsStrategies = (display: PyNode): boolean =>
  display.type === 'Dict' &&
  nodesAt(display, 'keys').length === nodesAt(display, 'values').length &&
  areStrategies(nodesAt(display, 'keys').map(stringOf));
const areStrategies = (keys: readonly (string | undefined)[] | undefined): boolean =>
  keys !== undefined && keys.every((key) => key !== undefined && POLICY.optimizerStrategies.has(key));

/** `dict.update(x, …)`. */
const changesFirst = (call: PyNode, file: SourceFile): boolean =>
  file.values.calleesOf(call).some((callee) => {
    const owner = callee.type === 'Attribute' ? nodeAt(callee, 'value') : undefined;
    return (
      owner !== undefined &&
      CHANGING_METHODS.has(textAt(callee, 'attr') ?? '') &&
      file.values.origins(owner).some((held) => ['dict', 'list'].includes(textAt(held, 'id') ?? ''))
    );
  });

/** `x.mul_(2)`: torch's way of naming what changes a tensor. */
const isInPlace = (node: PyNode): boolean => /[a-z]_$/.test(textAt(node, 'attr') ?? '');

const isHyperparameter = (node: PyNode, file: SourceFile): boolean =>
  node.type === 'Subscript' && textsOf(nodeAt(node, 'slice'), file).some((key) => key !== 'params');

const isOfHyperparameters = (node: PyNode, file: SourceFile): boolean =>
  file.values.mayBe(node, isHyperparameter);

const isOptimizerItself = (node: PyNode, file: SourceFile): boolean =>
  isNamed(node, 'optimizer', 2, file) || (node.type === 'Attribute' && textAt(node, 'attr') === 'optimizer');

const isOptimizer = (expression: PyNode, file: SourceFile): boolean =>
  file.values.mayBe(expression, isOptimizerItself);

/** The groups, one of them, or what is in one; a copy of their list is not. */
const leadsToGroups = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, isGroups);

const isGroups = ({ type, fields }: PyNode): boolean =>
  type === 'Attribute' && fields['attr'] === 'param_groups';

/** A name for a group itself. Numbers in it are copies: adding to them changes nothing. */
const isGroup = (name: PyNode, file: SourceFile): boolean =>
  leadsToGroups(name, file) && !isOfHyperparameters(name, file);

const newOptimizer: Rule = {
  id: 'new_optimizer',
  severity: 'reject',
  section: 'Training',
  description: 'No optimizer or learning-rate schedule besides the given one.',
  remedy: 'Use the optimizer that inner_steps receives; torch.optim is fine for annotations and isinstance.',
  rejected: [
    'import torch\n\n\ndef f(p):\n    return torch.optim.SGD(p, lr=1)\n',
    'from torch.optim import AdamW\n\n\ndef f(p):\n    return AdamW(p)\n',
    'import torch\n\n\ndef f(o):\n    return torch.optim.lr_scheduler.StepLR(o, 1)\n',
    'def f(optimizer, params):\n    return type(optimizer)(params)\n',
    'import copy\n\n\ndef f(optimizer):\n    copy.copy(optimizer).step()\n',
  ],
  accepted: [
    'import torch\n\n\ndef f(optimizer: torch.optim.Optimizer) -> None:\n    optimizer.step()\n',
    'import torch\n\n\ndef f(optimizer):\n    return isinstance(optimizer, torch.optim.AdamW)\n',
    'import copy\n\n\ndef f(optimizer, config):\n    return type(optimizer).__name__, copy.copy(config)\n',
  ],
  visit: (file, found) => {
    const check = (node: PyNode | undefined) => {
      const path = node && file.pathsOf(node).find(isOptimizerClass);
      if (node && path !== undefined)
        found(node, `${path} is used; the evaluator measures the optimizer that it gives.`);
    };
    return {
      on: {
        Call: (node) => {
          const callee = nodeAt(node, 'func');
          check(callee);
          if (callee && file.values.mayBe(callee, isItsClass))
            found(node, 'The class of the optimizer makes another one.');
          const copies = callee && file.pathsOf(callee).some((path) => COPYING.has(path));
          const [first] = copies ? file.values.positionalsOf(node) : [];
          if (first && file.values.mayBe(first, isParameterItself))
            found(node, 'A copy of the optimizer is another one.');
          if (isTypeQuestion(node)) return;
          file.values.positionalsOf(node).forEach(check);
          file.values.keywordsOf(node).forEach(({ value }) => check(value));
        },
        ClassDef: (node) =>
          nodesAt(node, 'bases').forEach((base) => {
            check(base);
            if (file.values.mayBe(base, isItsClass)) found(base, 'The class of the optimizer is used.');
          }),
      },
    };
  },
};

const COPYING = new Set(['copy.copy', 'copy.deepcopy']);

/** `type(optimizer)`. */
const isItsClass = (node: PyNode, file: SourceFile): boolean => {
  const object = objectOfClass(node, file);
  return object !== undefined && file.values.mayBe(object, isParameterItself);
};
/** Attributes of this name may be anything. */
const isParameterItself = (node: PyNode, file: SourceFile): boolean => isNamed(node, 'optimizer', 2, file);

const isOptimizerClass = (path: string): boolean =>
  POLICY.otherOptimizers.some((prefix) => path.startsWith(prefix)) ||
  POLICY.transformersOptimizers.test(path);

/** Asks what something is and makes nothing. */
const isTypeQuestion = (call: PyNode): boolean =>
  ['isinstance', 'issubclass', 'cast', 'print', 'hasattr', 'getattr'].includes(
    textAt(nodeAt(call, 'func') ?? call, 'id') ?? '',
  );

export const optimizerRules = [optimizerUse, newOptimizer] satisfies Rule[];
