import { POLICY } from '../policy.js';
import type { SourceFile } from '../source-file.js';
import { selectorOf, sourcesOfTarget } from '../flow/targets.js';
import { nodeAt, textAt, type PyNode } from '../tree.js';
import { isCallOf } from './callees.js';
import { CHANGING_METHODS, isOfModel, whence } from './given.js';
import type { Rule } from './rule.js';

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
    'def f(model):\n    model.lm_head.weight.detach_()\n',
    'def f(net):\n    for name, p in net.named_parameters():\n        p.requires_grad_(False)\n',
    'def f(model):\n    ps = list(model.parameters())[1:]\n    for p in ps:\n        p.requires_grad = False\n',
  ],
  accepted: [
    'def f(model, x):\n    return model(x).logits.detach_()\n',
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
      const base = nodeAt(node, 'value');
      if (attr === 'detach_' && ofModel && isOfModel(base, file))
        found(node, 'A part of the model is taken out of training.');
      if (!stores && attr !== 'requires_grad_') return;
      const isClass = base !== undefined && file.pathsOf(base).length > 0;
      const changed = isClass ? isOfModelOrUnknown(node, file) : isOfModel(base, file);
      if (changed !== ofModel) return;
      found(
        node,
        ofModel ? 'A part of the model is taken out of training.' : 'requires_grad of a tensor is changed.',
      );
    },
  },
});

/** `torch.nn.Module.requires_grad_(model, False)`: what the method of a class is called on. */
const isOfModelOrUnknown = (method: PyNode, file: SourceFile): boolean => {
  const { parent, role } = method;
  const [given] = parent?.type === 'Call' && role === 'func' ? file.values.positionalsOf(parent) : [];
  return given === undefined || isOfModel(given, file);
};

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
        const binds = attr === 'data' ? node.fields['ctx'] !== 'Load' : attr === 'set_';
        if (!binds || !base || isGradient(base, file)) return;
        if (isOfModel(base, file)) found(node, 'A parameter gets other data behind the optimizer.');
      },
    },
  }),
};

/** `p.grad` of what the file did not make, or a name that stands for nothing else: its gradients are a file's own affair. */
const isGradient = (node: PyNode, file: SourceFile, names = 0): boolean => {
  const holder = node.type === 'Attribute' ? nodeAt(node, 'value') : undefined;
  if (holder) return textAt(node, 'attr') === 'grad' && !file.values.isOwn(holder);
  const bindings = node.type === 'Name' && names < MAX_NAMES ? file.bindingsOf(node) : [];
  const sources = bindings.flatMap(({ kind, node: target }) =>
    kind === 'assign' ? sourcesOfTarget(target) : [],
  );
  return (
    sources.length > 0 &&
    sources.length === bindings.length &&
    sources.every(({ node: source, parts }) => parts.length === 0 && isGradient(source, file, names + 1))
  );
};

/** One name for another. People give a thing two or three; a circle has no end. */
const MAX_NAMES = 8;

const modelConfig: Rule = {
  id: 'model_config',
  severity: 'reject',
  section: 'Training',
  description: '`model.config` stays as it is, except `use_cache`.',
  remedy: 'Remove it; everybody trains the same model.',
  rejected: [
    'def f(model):\n    model.config.num_hidden_layers = 1\n',
    'def f(model):\n    model.model.config.hidden_size = 1\n',
    'def f(model):\n    model.config.rope_parameters["rope_theta"] = 1.0\n',
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
        if ((CHANGING_METHODS.has(attr) || attr === '__init__') && isModelConfig(base, file)) {
          found(node, `${attr} changes the model’s configuration.`);
        } else if (node.fields['ctx'] === 'Load' || attr === 'use_cache') {
          return;
        } else if (attr === 'config' && isGivenModel(base, file)) {
          found(node, 'The model gets another configuration.');
        } else if (isModelConfig(base, file)) found(node, `The model’s configuration ${attr} is changed.`);
      },
      Subscript: (node) => {
        if (node.fields['ctx'] !== 'Load' && isModelConfig(nodeAt(node, 'value'), file))
          found(node, 'An entry of the model’s configuration is changed.');
      },
    },
  }),
};

const isModelConfig = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, isConfigOfModel);

const isConfigOfModel = (node: PyNode, file: SourceFile): boolean =>
  node.type === 'Attribute' && textAt(node, 'attr') === 'config' && isOfModel(node, file);

const layers: Rule = {
  id: 'layer_list',
  severity: 'reject',
  section: 'Training',
  description: 'The model keeps all its layers: the list is not replaced, sliced or shortened.',
  remedy:
    'Run every layer, one after the other; compile one by `layer.forward = torch.compile(layer.forward)`. What merely shares a helper or a dictionary with the layers needs one of its own.',
  rejected: [
    'def f(model):\n    model.model.layers = model.model.layers[:1]\n',
    'def f(model):\n    del model.model.layers[0]\n',
    'def f(model):\n    layers = model.model.layers\n    return layers[1:]\n',
    'def f(model, x):\n    for layer in model.model.layers[::2]:\n        x = layer(x)\n    return x\n',
  ],
  accepted: [
    'def f(model, x):\n    for layer in model.model.layers:\n        x = layer(x)\n    return x\n',
    'def f(x):\n    return x.layers[:2]\n',
    'class Engine:\n    def __init__(self, model):\n        self.layers = model.model.layers\n',
    'def f(model):\n    return model.model.layers[0].mlp.weight[:10]\n',
  ],
  visit: (file, found) => {
    const isLayerList = (node: PyNode | undefined): boolean => file.values.mayBe(node, isLayersOfModel);
    /** The list, or a copy of it. */
    const holdsLayers = (node: PyNode | undefined): boolean =>
      isLayerList(node) || file.values.mayBe(node, isCopyOfLayers);
    /** `x[1:]`, also with a slice that has a name. */
    const isSliced = (subscript: PyNode): boolean => {
      const slice = nodeAt(subscript, 'slice');
      return (
        !isWhole(subscript) && (selectorOf(subscript) === undefined || file.values.mayBe(slice, isSlice))
      );
    };
    return {
      on: {
        Attribute: (node) => {
          const attr = textAt(node, 'attr') ?? '';
          const isStored = node.fields['ctx'] !== 'Load';
          if (isStored && POLICY.layerLists.has(attr) && isOfModel(nodeAt(node, 'value'), file))
            found(node, 'The list of layers is replaced.');
          else if (CHANGING_METHODS.has(attr) && isLayerList(nodeAt(node, 'value')))
            found(node, `${attr} changes the list of layers.`);
          else if (attr === '__getitem__' && isLayerList(nodeAt(node, 'value')))
            found(node, 'Only a part of the layers is used.');
          else if (attr === '_modules' && isOfModel(node, file)) found(node, 'The table of modules is used.');
        },
        Subscript: (node) => {
          const base = nodeAt(node, 'value');
          if (node.fields['ctx'] !== 'Load') {
            if (isLayerList(base)) found(node, 'A layer is replaced or removed.');
          } else if (isSliced(node) && holdsLayers(base)) {
            const from = whence(
              base,
              (held) => isLayersOfModel(held, file) || isCopyOfLayers(held, file),
              file,
            );
            found(node, `Only a part of the layers is used.${from}`);
          }
        },
        Call: (node) => {
          const callee = nodeAt(node, 'func');
          const cuts = callee && file.pathsOf(callee).includes('itertools.islice');
          if (cuts && holdsLayers(file.values.positionalsOf(node)[0]))
            found(node, 'Only a part of the layers is used.');
        },
      },
    };
  },
};

const isSlice = (node: PyNode, file: SourceFile): boolean => isCallOf(node, ['slice'], file);

const isCopyOfLayers = (node: PyNode, file: SourceFile): boolean =>
  isCallOf(node, ['list', 'tuple'], file) &&
  file.values.mayBe(file.values.positionalsOf(node)[0], isLayersOfModel);

const isLayersOfModel = (node: PyNode, file: SourceFile): boolean =>
  LAYER_LISTS.some((name) => node.type === 'Attribute' && textAt(node, 'attr') === name) &&
  isOfModel(node, file);

const LAYER_LISTS = [...POLICY.layerLists];

/** `x[:]`. */
const isWhole = (subscript: PyNode): boolean => {
  const slice = nodeAt(subscript, 'slice');
  return slice?.type === 'Slice' && !['lower', 'upper', 'step'].some((field) => nodeAt(slice, field));
};

/** The model itself or a module below it, by attributes only. */
const isGivenModel = (expression: PyNode | undefined, file: SourceFile): boolean =>
  expression !== undefined && isOfModel(expression, file);

export const modelRules = [
  ...[requiresGrad, requiresGradElsewhere, parameterData, modelConfig, layers],
] satisfies Rule[];
