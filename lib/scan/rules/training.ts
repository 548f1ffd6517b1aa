import { POLICY } from '../policy.js';
import { entryParameter, getattrOf, type SourceFile } from '../source-file.js';
import { selectorOf } from '../targets.js';
import { nodeAt, nodesAt, stringOf, textAt, textsAt, type PyNode } from '../tree.js';
import type { Rule } from './rule.js';

const STEP = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n';

const optimizerUse: Rule = {
  id: 'optimizer_internals',
  severity: 'reject',
  section: 'Training',
  description:
    'The optimizer is used through `step`, `zero_grad` and by reading `param_groups`; of a group only the choice of implementation (`foreach`, `fused`, `capturable`) may be written.',
  remedy: 'Call optimizer.step() and optimizer.zero_grad(); leave state, wrappers and hyperparameters alone.',
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
    `${STEP}    o = optimizer\n    o.state.clear()\n`,
  ],
  accepted: [
    `${STEP}    optimizer.zero_grad(set_to_none=True)\n    optimizer.step()\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group["foreach"] = True\n`,
    `${STEP}    lr = optimizer.param_groups[0]["lr"]\n    return lr\n`,
    'class Loop:\n    def __init__(self, optimizer):\n        self.optimizer = optimizer\n',
  ],
  visit: (file, found) => {
    const groups = (node: PyNode | undefined): boolean => leadsToGroups(node, file);
    return {
      on: {
        Attribute: (node) => {
          const attr = textAt(node, 'attr') ?? '';
          const base = nodeAt(node, 'value');
          const stored = node.fields['ctx'] !== 'Load';
          if (!base) return;
          if (CHANGING_METHODS.has(attr) && groups(base)) {
            found(node, `${attr} changes the parameter groups of the optimizer.`);
          } else if (isOptimizer(base, file) && (stored || !POLICY.optimizerUses.has(attr))) {
            found(node, `${attr} of the optimizer is ${stored ? 'changed' : 'used'}.`);
          } else if (attr === '_opt_impl') {
            found(node, `${attr} reaches behind the optimizer that is given.`);
          } else if (isInPlace(node) && isHyperparameter(base) && groups(base)) {
            found(node, `${attr} changes a hyperparameter of the optimizer.`);
          }
        },
        Subscript: (node) => {
          const strategy = POLICY.optimizerStrategies.has(stringOf(nodeAt(node, 'slice')) ?? '');
          if (node.fields['ctx'] !== 'Load' && !strategy && groups(nodeAt(node, 'value')))
            found(node, 'A parameter group of the optimizer is changed.');
        },
        AugAssign: (node) => {
          const target = nodeAt(node, 'target');
          const merges = node.fields['op'] === 'BitOr' || node.fields['op'] === 'Add';
          if (target?.type === 'Name' && merges && isGroup(target, file))
            found(node, 'A parameter group of the optimizer is changed.');
        },
        Call: (node) => {
          const [first] = nodesAt(node, 'args');
          const callee = nodeAt(node, 'func');
          const owner = callee?.type === 'Attribute' ? nodeAt(callee, 'value') : undefined;
          const changes = CHANGING_METHODS.has(textAt(callee ?? node, 'attr') ?? '');
          if (changes && ['dict', 'list'].includes(textAt(owner ?? node, 'id') ?? '') && groups(first))
            found(node, 'A parameter group of the optimizer is changed.');
          const [object, key] = getattrOf(node) ?? [];
          if (!object || !isOptimizer(object, file)) return;
          const name = file.values.stringsOf(key)?.find((held) => !isReadable(held));
          if (name !== undefined) found(node, `${name} of the optimizer is used.`);
        },
        MatchClass: (node) => {
          const name = textsAt(node, 'kwd_attrs').find((held) => !isReadable(held));
          if (name !== undefined && file.values.patternIs(node, (held) => isOptimizerItself(held, file)))
            found(node, `The pattern reads ${name} of the optimizer.`);
        },
      },
    };
  },
};

/** Methods by which lists and dicts change. */
const CHANGING_METHODS = new Set(
  'update setdefault pop popitem clear append extend insert remove reverse sort __setitem__ __delitem__ __ior__ __iadd__'.split(
    ' ',
  ),
);

const isReadable = (name: string): boolean =>
  POLICY.optimizerUses.has(name) || POLICY.optimizerStrategies.has(name);

/** `x.mul_(2)`: torch's way of naming what changes a tensor. */
const isInPlace = (node: PyNode): boolean =>
  node.role === 'func' && /[a-z]_$/.test(textAt(node, 'attr') ?? '');

const isHyperparameter = (node: PyNode): boolean =>
  node.type === 'Subscript' &&
  stringOf(nodeAt(node, 'slice')) !== 'params' &&
  stringOf(nodeAt(node, 'slice')) !== undefined;

const isOptimizerItself = (node: PyNode, file: SourceFile): boolean =>
  isNamed(node, 'optimizer', 2, file) || (node.type === 'Attribute' && textAt(node, 'attr') === 'optimizer');

const isOptimizer = (expression: PyNode, file: SourceFile): boolean =>
  file.values.origins(expression).some((node) => isOptimizerItself(node, file));

/** The groups, one of them, or what is in one; a copy of their list is not. */
const leadsToGroups = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, isGroups);

const isGroups = ({ type, fields }: PyNode): boolean =>
  type === 'Attribute' && fields['attr'] === 'param_groups';

/** A name for a group itself. Numbers in it are copies: adding to them changes nothing. */
const isGroup = (name: PyNode, file: SourceFile): boolean =>
  leadsToGroups(name, file) && !file.values.origins(name).some(isHyperparameter);

/** A name that everybody uses for it, or the one that the entry function gives to its parameter. */
const isNamed = (node: PyNode, name: string, position: number, file: SourceFile): boolean => {
  const id = node.type === 'Name' ? textAt(node, 'id') : undefined;
  if (id === undefined || id === name) return id === name;
  const owner = file.scopes.owner(id, file.scopes.of(node));
  return id === entryParameter(file, position) && owner?.node === file.entry;
};

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
  ],
  accepted: [
    'import torch\n\n\ndef f(optimizer: torch.optim.Optimizer) -> None:\n    optimizer.step()\n',
    'import torch\n\n\ndef f(optimizer):\n    return isinstance(optimizer, torch.optim.AdamW)\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (!isOptimizerClass(path) || node.type === 'alias') return;
      const { parent, role } = node;
      const called = parent?.type === 'Call' && role === 'func';
      const handed =
        (parent?.type === 'Call' && role === 'args' && !isTypeQuestion(parent)) || role === 'bases';
      if (called || handed)
        found(node, `${path} is used; the evaluator measures the optimizer that it gives.`);
    },
    on: {
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        const path = callee && file.pathsOf(callee).find(isOptimizerClass);
        if (path !== undefined)
          found(callee ?? node, `${path} is used; the evaluator measures the optimizer that it gives.`);
      },
    },
  }),
};

const isOptimizerClass = (path: string): boolean =>
  POLICY.otherOptimizers.some((prefix) => path.startsWith(prefix)) ||
  POLICY.transformersOptimizers.test(path);

/** Asks what something is and makes nothing. */
const isTypeQuestion = (call: PyNode): boolean =>
  ['isinstance', 'issubclass', 'cast', 'print', 'hasattr', 'getattr'].includes(
    textAt(nodeAt(call, 'func') ?? call, 'id') ?? '',
  );

/** The given model, what hangs below it, and its parameters and modules in loops. */
const isOfModel = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, (node) => {
    if (isNamed(node, 'model', 0, file)) return true;
    if (node.type === 'Attribute') return MODEL_ATTRIBUTES.has(textAt(node, 'attr') ?? '');
    return node.type === 'Call' && MODEL_PARTS.has(textAt(nodeAt(node, 'func') ?? node, 'attr') ?? '');
  });

/** `param_groups` hold the model's parameters. */
const MODEL_ATTRIBUTES = new Set(['model', 'param_groups']);

const MODEL_PARTS = new Set([
  'get_submodule',
  'get_parameter',
  'get_input_embeddings',
  'get_output_embeddings',
  'parameters',
  'named_parameters',
  'modules',
  'named_modules',
  'children',
  'named_children',
]);

const GRAD_REMEDY = 'Train every parameter: remove it.';

const requiresGrad: Rule = {
  id: 'requires_grad',
  severity: 'reject',
  section: 'Training',
  description: '`requires_grad` of the model and its parameters stays as it is.',
  remedy: GRAD_REMEDY,
  rejected: [
    'def f(model):\n    for p in model.parameters():\n        p.requires_grad = False\n',
    'def f(model):\n    model.requires_grad_(False)\n',
    'def f(net):\n    for name, p in net.named_parameters():\n        p.requires_grad_(False)\n',
    'def f(model):\n    ps = list(model.parameters())[1:]\n    for p in ps:\n        p.requires_grad = False\n',
  ],
  accepted: [
    'def f(hidden):\n    hidden = hidden.detach()\n    return hidden.requires_grad\n',
    'def f(model):\n    return [p for p in model.parameters() if p.requires_grad]\n',
  ],
  visit: (file, found) => gradVisitors(file, found, true),
};

const requiresGradElsewhere: Rule = {
  id: 'requires_grad_elsewhere',
  severity: 'warn',
  section: 'Training',
  description:
    'Changing `requires_grad` of other tensors, such as recomputed activations, is fine if they are yours.',
  remedy: 'Make sure that it is no parameter of the model.',
  rejected: [
    'def f(hidden):\n    hidden.requires_grad = True\n',
    'def f(x):\n    return x.requires_grad_()\n',
  ],
  accepted: [
    'def f(x):\n    return x.requires_grad\n',
    'import torch\n\nx = torch.ones(1, requires_grad=True)\n',
  ],
  visit: (file, found) => gradVisitors(file, found, false),
};

const gradVisitors = (file: SourceFile, found: (node: PyNode, reason: string) => void, ofModel: boolean) => ({
  on: {
    Attribute: (node: PyNode) => {
      const attr = textAt(node, 'attr');
      const stores = attr === 'requires_grad' && node.fields['ctx'] !== 'Load';
      if (!stores && attr !== 'requires_grad_') return;
      // `torch.nn.Module.requires_grad_(model, False)`.
      const [given] =
        node.parent?.type === 'Call' && node.role === 'func' ? nodesAt(node.parent, 'args') : [];
      const changed = [nodeAt(node, 'value'), given];
      if (changed.some((held) => isOfModel(held, file)) !== ofModel) return;
      found(
        node,
        ofModel ? 'A part of the model is taken out of training.' : 'requires_grad of a tensor is changed.',
      );
    },
  },
});

const parameterData: Rule = {
  id: 'parameter_data',
  severity: 'reject',
  section: 'Training',
  description: 'Parameters change through the optimizer only, not by binding `.data` or by `set_`.',
  remedy: 'Let optimizer.step() change parameters.',
  rejected: [
    'def f(model):\n    for p in model.parameters():\n        p.data = p.data * 2\n',
    'def f(model, w):\n    model.lm_head.weight.data = w\n',
  ],
  accepted: [
    'def f(batch, x):\n    batch.data = x\n',
    'def f(model):\n    return model.lm_head.weight.data.shape\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        const base = nodeAt(node, 'value');
        const attr = textAt(node, 'attr');
        const binds =
          attr === 'data' ? node.fields['ctx'] !== 'Load' : attr === 'set_' && node.role === 'func';
        // A gradient is the file's own affair.
        if (!binds || textAt(base ?? node, 'attr') === 'grad') return;
        if (isOfModel(base, file)) found(node, 'A parameter gets other data behind the optimizer.');
      },
    },
  }),
};

const modelConfig: Rule = {
  id: 'model_config',
  severity: 'reject',
  section: 'Training',
  description: '`model.config` stays as it is, except `use_cache`.',
  remedy: 'Remove it; everybody trains the same model.',
  rejected: [
    'def f(model):\n    model.config.num_hidden_layers = 1\n',
    'def f(model):\n    model.model.config.hidden_size = 1\n',
    'def f(model):\n    config = model.config\n    config.num_hidden_layers = 1\n',
  ],
  accepted: [
    'def f(model):\n    model.config.use_cache = False\n',
    'def f(model):\n    return model.config.vocab_size\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        const base = nodeAt(node, 'value');
        const attr = textAt(node, 'attr') ?? '';
        if (CHANGING_METHODS.has(attr) && isModelConfig(base, file)) {
          found(node, `${attr} changes the model’s configuration.`);
        } else if (node.fields['ctx'] === 'Load' || attr === 'use_cache') {
          return;
        } else if (attr === 'config' && isGivenModel(base, file)) {
          found(node, 'The model gets another configuration.');
        } else if (isModelConfig(base, file)) found(node, `The model’s configuration ${attr} is changed.`);
      },
    },
  }),
};

const isModelConfig = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, (node) => namesAttribute(node, 'config', file) && isOfModel(node, file));

const layers: Rule = {
  id: 'layer_list',
  severity: 'reject',
  section: 'Training',
  description: 'The model keeps all its layers: the list is not replaced, sliced or shortened.',
  remedy: 'Run every layer, one after the other.',
  rejected: [
    'def f(model):\n    model.model.layers = model.model.layers[:1]\n',
    'def f(model):\n    del model.model.layers[0]\n',
    'def f(model):\n    layers = model.model.layers\n    return layers[1:]\n',
    'def f(model, x):\n    for layer in model.model.layers[::2]:\n        x = layer(x)\n    return x\n',
  ],
  accepted: [
    'def f(model, x):\n    for layer in model.model.layers:\n        x = layer(x)\n    return x\n',
    'def f(x):\n    return x.layers[:2]\n',
    'def f(model):\n    return model.model.layers[0].mlp.weight[:10]\n',
  ],
  visit: (file, found) => {
    const isLayerList = (node: PyNode | undefined): boolean =>
      node !== undefined &&
      file.values
        .origins(node)
        .some(
          (held) => LAYER_LISTS.some((name) => namesAttribute(held, name, file)) && isOfModel(held, file),
        );
    /** The list, or a copy of it. */
    const holdsLayers = (node: PyNode | undefined): boolean => {
      const callee = node?.type === 'Call' ? nodeAt(node, 'func') : undefined;
      const copies = ['list', 'tuple'].includes(textAt(callee ?? node ?? file.tree, 'id') ?? '');
      return isLayerList(callee && node && copies ? nodesAt(node, 'args')[0] : node);
    };
    return {
      on: {
        Attribute: (node) => {
          const attr = textAt(node, 'attr') ?? '';
          if (node.fields['ctx'] !== 'Load' && POLICY.layerLists.has(attr) && isOfModel(node, file))
            found(node, 'The list of layers is replaced.');
          else if (CHANGING_METHODS.has(attr) && isLayerList(nodeAt(node, 'value')))
            found(node, `${attr} changes the list of layers.`);
          else if (attr === '_modules' && isOfModel(node, file)) found(node, 'The table of modules is used.');
        },
        Subscript: (node) => {
          const base = nodeAt(node, 'value');
          if (node.fields['ctx'] !== 'Load') {
            if (isLayerList(base)) found(node, 'A layer is replaced or removed.');
          } else if (selectorOf(node) === undefined && !isWhole(node) && holdsLayers(base)) {
            found(node, 'Only a part of the layers is used.');
          }
        },
        Call: (node) => {
          const callee = nodeAt(node, 'func');
          const cuts = callee && file.pathsOf(callee).includes('itertools.islice');
          const item = callee?.type === 'Attribute' && textAt(callee, 'attr') === '__getitem__';
          if (
            (cuts && holdsLayers(nodesAt(node, 'args')[0])) ||
            (item && isLayerList(nodeAt(callee, 'value')))
          )
            found(node, 'Only a part of the layers is used.');
        },
      },
    };
  },
};

const LAYER_LISTS = [...POLICY.layerLists];

/** `x[:]`. */
const isWhole = (subscript: PyNode): boolean => {
  const slice = nodeAt(subscript, 'slice');
  return slice?.type === 'Slice' && !['lower', 'upper', 'step'].some((field) => nodeAt(slice, field));
};

/** `x.name`, or `getattr(x, 'name')`. */
const namesAttribute = (node: PyNode, name: string, file: SourceFile): boolean => {
  if (node.type === 'Attribute') return textAt(node, 'attr') === name;
  const [, key] = getattrOf(node) ?? [];
  return key !== undefined && (file.values.stringsOf(key) ?? []).includes(name);
};

/** The model itself or a module below it, by attributes only. */
const isGivenModel = (expression: PyNode | undefined, file: SourceFile): boolean =>
  expression !== undefined && isOfModel(expression, file);

export const trainingRules = [
  ...[optimizerUse, newOptimizer, requiresGrad, requiresGradElsewhere, parameterData, modelConfig, layers],
] satisfies Rule[];
