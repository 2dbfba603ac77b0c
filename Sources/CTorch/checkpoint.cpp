// Activation checkpointing (Chen et al., "Training deep nets with sublinear memory cost", arXiv:1604.06174, 2016): a segment of
// a network keeps its inputs only, and runs again when the gradient comes back to it.
#include "bridge.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A part of a network whose body is Swift's.
class Segment : public torch::CustomClassHolder {
public:
    explicit Segment(CTSegment body) : body_(body) {}
    ~Segment() override { body_.release(body_.context); }

    variable_list run(const variable_list &inputs) const {
        std::vector<CTTensor> given, made(body_.outputs, nullptr);
        for (const auto &input : inputs) given.push_back(give(input));
        const CTStatus status = body_.run(body_.context, given.data(), given.size(), made.data());
        if (status == CT_OUT_OF_MEMORY) throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, errors.message);
        TORCH_CHECK(status == CT_OK, errors.message);
        variable_list outputs;
        for (const CTTensor handle : made) {
            outputs.push_back(borrow(handle));
            ct_tensor_release(handle);
        }
        return outputs;
    }

private:
    const CTSegment body_;
};

struct Checkpoint : torch::autograd::Function<Checkpoint> {
    /// `anchor` wants a gradient, so that the outputs do: the segment's parameters are no inputs.
    static variable_list forward(
        AutogradContext *context, const c10::intrusive_ptr<Segment> &segment, const at::Tensor &,
        at::TensorList inputs
    ) {
        context->save_for_backward(inputs.vec());
        context->saved_data["segment"] = c10::IValue::make_capsule(segment);
        context->set_materialize_grads(false);
        return segment->run(inputs.vec());
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto capsule = context->saved_data["segment"].toCapsule();
        const auto &segment = static_cast<const Segment &>(*capsule);
        // Leaves, so that the way back ends where the segment begins. The parameters' gradients add up as always.
        variable_list leaves, roots, upstream;
        for (const auto &input : context->get_saved_variables())
            leaves.push_back(input.detach().set_requires_grad(input.requires_grad()));
        {
            const at::AutoGradMode recording(true);
            const variable_list outputs = segment.run(leaves);
            for (size_t i = 0; i < outputs.size(); ++i) {
                if (!gradients[i].defined() || !outputs[i].requires_grad()) continue;
                roots.push_back(outputs[i]);
                upstream.push_back(std::move(gradients[i]));
            }
        }
        if (!roots.empty()) torch::autograd::backward(roots, upstream);
        variable_list result(2);
        for (const auto &leaf : leaves) result.push_back(leaf.grad());
        return result;
    }
};

}  // namespace
}  // namespace ct

CTStatus ct_checkpoint(CTTensor *outputs, CTTensorList inputs, CTSegment body) {
    auto segment = c10::make_intrusive<ct::Segment>(body);  // from here on it releases the body, whatever happens
    return ct::guarded([&] {
        const at::Tensor anchor = at::empty({0}).set_requires_grad(true);
        const std::vector<at::Tensor> given = ct::borrow(inputs);
        const auto made = ct::Checkpoint::apply(segment, anchor, at::TensorList(given));
        for (size_t i = 0; i < made.size(); ++i) outputs[i] = ct::give(made[i]);
    });
}
