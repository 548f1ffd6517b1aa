/**
 * The only Python that the scanner runs: CPython's parser, and its tree as JSON.
 *
 * Rows are flat and refer to each other by number, because a tree as deep as the parser allows would end
 * any recursive writer or reader of JSON. Row: type, line, column, end line, end column (columns are UTF-8
 * bytes), then the fields in the order of `FIELDS`. Nodes are numbers, everything else is text or null; a
 * constant is its type and its text.
 */
export const PYTHON_DUMP = `
import ast, json, warnings

warnings.simplefilter('ignore')

MARKERS = {
    cls for cls in vars(ast).values()
    if isinstance(cls, type)
    and issubclass(cls, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop))
}
FIELDS = json.dumps({
    cls.__name__: (['constant', 'value'] if cls is ast.Constant else list(cls._fields))
    for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, ast.AST)
})

def constant(value):
    kind = value.__class__
    if kind is str:
        return 'str', value
    if kind is int:
        return 'int', str(value) if value < 1 << 64 else hex(value)
    if kind is bytes:
        return 'bytes', value.hex()
    if kind is float or kind is complex:
        return kind.__name__, repr(value)
    return 'name', repr(value)

def dump(text, version):
    try:
        tree = ast.parse(text, feature_version=tuple(version))
    except SyntaxError as error:
        return json.dumps({'error': error.msg, 'line': error.lineno or 1, 'column': error.offset or 1,
                           'endLine': error.end_lineno or 0, 'endColumn': error.end_offset or 0})
    except (MemoryError, RecursionError, ValueError) as error:
        return json.dumps({'error': str(error) or 'too complex to parse', 'line': 1, 'column': 1,
                           'endLine': 0, 'endColumn': 0})
    AST, Constant = ast.AST, ast.Constant
    queue = [tree]
    rows = []
    for node in queue:
        cls = node.__class__
        held = node.__dict__
        row = [cls.__name__, held.get('lineno', 0), held.get('col_offset', 0),
               held.get('end_lineno', 0), held.get('end_col_offset', 0)]
        rows.append(row)
        if cls is Constant:
            row.extend(constant(node.value))
            continue
        for name in cls._fields:
            value = held.get(name)
            if isinstance(value, AST):
                if value.__class__ in MARKERS:
                    row.append(value.__class__.__name__)
                else:
                    row.append(len(queue))
                    queue.append(value)
            elif value.__class__ is list:
                items = []
                row.append(items)
                for item in value:
                    if not isinstance(item, AST):
                        items.append(item)
                    elif item.__class__ in MARKERS:
                        items.append(item.__class__.__name__)
                    else:
                        items.append(len(queue))
                        queue.append(item)
            elif value.__class__ is int:
                row.append(str(value))
            else:
                row.append(value)
    return json.dumps({'rows': rows}, separators=(',', ':'))
`;
